"""Voila as the workbench runs it: loopback, a token, our template, and no door but the needed ones."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.ioloop import IOLoop
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from workbench.display.lab import SHARE, style
from workbench.errors import TOLD
from workbench.kit.sentences import say
from workbench.markup import escape
from workbench.serve import guards, handlers, kernels, pages

IDLE_SECONDS = 600
CULL_SECONDS = 60
_MOST_READ = 4 * 2**20

# Of Voila's own doors, those that a page needs: its scripts, its kernel, and that kernel's end.
_NEEDED = (
    KernelHandler,
    VoilaKernelWebsocketHandler,
    VoilaShutdownKernelHandler,
    MultiStaticFileHandler,
    FileFindHandler,
)
# What the browser itself enforces: nothing is asked of any other address.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; "
    "script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Server(Voila):  # type: ignore[misc]  # Voila is not typed
    """The notebooks of one folder as apps.

    Attributes:
        sources: Names of the sources that an address may ask for; () means each notebook's own.
    """

    sources: Sequence[str] = ()

    def setup_template_dirs(self) -> None:
        """Find our template before those that Jupyter has installed."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(SHARE / "voila" / "templates" / "workbench"))

    def init_settings(self) -> dict[str, Any]:
        """Let a page send its kernel no more than it needs."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = guards.FROM_PAGE
        return settings

    def listen(self) -> None:
        """Read over-long addresses too, to answer them with a page."""
        self.app.listen = partial(self.app.listen, max_header_size=_MOST_READ)
        super().listen()

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Keep the doors that a page needs, and put our own before the rest."""
        theirs = super().init_handlers()
        needed = [door for door in theirs if door[1] in _NEEDED]
        voilas = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        folder = {"folder": Path(self.root_dir)}
        return [
            *needed,
            (r"/", handlers.Home, folder),
            (r"/voila/render/(.*)", handlers.Notebook, folder | voilas | {"sources": self.sources}),
            (r"/report/(.*)", handlers.Published, folder | {"sources": self.sources}),
            (r".*", handlers.Unknown, folder),
        ]

    def run(self, once_up: Callable[[], object]) -> None:
        """Serve until Ctrl-C or a plain kill; the kernels end with the server."""
        loop = IOLoop.current()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_frame: loop.add_callback_from_signal(loop.stop))
        loop.add_callback(once_up)
        self.start()


def build(
    folder: Path, *, port: int, token: str, viewers: int, sources: Sequence[str] = ()
) -> Server:
    """Return a server, ready to start, for the notebooks of `folder`, viewers and sources."""
    config = _config(folder, port=port, token=token)
    config.Kernels.most = viewers
    server: Server = Server.instance(config=config, config_file_paths=[])
    server.log.addFilter(kernels.is_news)
    server.sources = tuple(sources)
    server.initialize(argv=[])
    # Its warnings are of clients that went away; errors are told.
    logging.getLogger("tornado").setLevel(logging.ERROR)
    return server


def _config(folder: Path, *, port: int, token: str) -> Config:
    config = Config()
    config.Voila.root_dir = str(folder)
    config.Voila.ip = "127.0.0.1"
    config.Voila.port = port
    config.Voila.port_retries = 0
    config.Voila.open_browser = False
    config.Voila.token = token
    config.Voila.identity_provider_class = guards.Identity
    config.Voila.kernel_websocket_connection_class = guards.Connection
    # For a day, and never sent along from another site's page.
    cookie = {"samesite": "Strict", "expires_days": 1}
    config.Identity.cookie_options = cookie
    config.Identity.get_secure_cookie_kwargs = {"max_age_days": 1}
    config.Voila.log_level = logging.ERROR
    config.Voila.tornado_settings = {
        "xsrf_cookie_kwargs": {"path": "/", **cookie},
        "headers": {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
        # An access log would hold the token of every first request.
        "log_function": lambda _handler: None,
    }
    config.VoilaConfiguration = _voila_configuration()
    config.VoilaExporter.filters = {"wb_escape": escape}
    # Sockets of this user's own: other users of the machine cannot listen to a kernel.
    config.KernelManager.transport = "ipc"
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = CULL_SECONDS
    config.MappingKernelManager.cull_connected = True
    return config


def _voila_configuration() -> Config:
    app = (SHARE / "app.css").read_text(encoding="utf-8")
    return Config(
        template="lab",
        allow_template_override="NO",
        allow_theme_override="NO",
        strip_sources=True,
        # Our template shows none; it needs an error's name to tell ours from others.
        show_tracebacks=True,
        file_allowlist=[],
        extension_allowlist=[
            "@jupyter-widgets/jupyterlab-manager",
            "@voila-dashboards/widgets-manager8",
        ],
        prelaunch_hook=handlers.prepare,
        multi_kernel_manager_class=kernels.Kernels,
        resources={
            "workbench": {
                "style": style() + app,
                "told": [one.__name__ for one in TOLD],
                "words": {
                    "starting": say("Working out the answer…"),
                    # Its figures are the browser's to fill in.
                    "step": say(
                        "Working out the answer, step {step} of {steps}…",
                        step="{step}",
                        steps="{steps}",
                    ),
                    "controls": say("Getting the controls ready…"),
                    "gone": say("This page has rested for too long to answer at once."),
                    "reload": say("Load it again"),
                    "unusable": say(
                        "These data cannot be used as they are; the analyst sees why in JupyterLab."
                    ),
                    "wrong": pages.wrong(),
                },
            }
        },
    )
