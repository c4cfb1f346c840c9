"""Where a warehouse is: an Ibis URL whose secrets come from the environment and are never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from workbench.errors import SourceError, unknown
from workbench.sources.hiding import VARIABLE, hide, values
from workbench.sources.options import environment, located
from workbench.yaml_text import Node

_SECRET = re.compile("pass|pwd|secret|token", re.IGNORECASE)  # options that hold one
_HOST = re.compile(r"([\w.${}-]*|\[[\da-fA-F:.]+\])(:(\d+|\$\{\w+\}))?")


@dataclass(frozen=True)
class Address:
    """How to reach a warehouse.

    Attributes:
        backend: The name that Ibis has for its kind: postgres, duckdb, …
        shown: The URL as people may see it: no password, no options, variables by their names.
        place: File and line, as errors name them.
        url: The URL with all its secrets; for DuckDB the file's path.
        identity: The same with what the variables hold: which warehouse it is.
        values: What must never be shown, and the `${NAME}` in its place.
    """

    backend: str
    shown: str
    place: str
    url: str = field(repr=False)
    identity: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the warehouse consists of; a server's are its own affair."""
        return (Path(self.url),) if self.backend == "duckdb" else ()

    def hide(self, text: str) -> str:
        """Return a text without what any variable holds."""
        place = self.place if text.startswith(self.place) else ""
        return place + hide(text.removeprefix(place), self.values)


def address(node: Node) -> Address:
    """Return where the URL of a source file leads.

    `${NAME}` stands for an environment variable. It is the only way to a password: whatever else
    a source file says may be committed, and is printed.

    Raises:
        SourceError: If it is no URL of a warehouse, holds a password in clear, or names a variable
            that is not set or a DuckDB file that is not there.
    """
    given = node.text("warehouse")
    parts = _split(node, given)
    backend = "postgres" if parts.scheme == "postgresql" else parts.scheme
    known = sorted(entry.name for entry in entry_points(group="ibis.backends"))
    if backend == "sqlite":
        raise SourceError(
            f"{node.place}: SQLite has no instants, so it is no warehouse: name its file under 'files'"
        )
    if backend not in known:
        raise SourceError(f"{node.place}: {unknown('kind of warehouse', backend, known)}")
    if backend == "duckdb":
        path = str(located(Node(given.removeprefix("duckdb://"), node.place), "warehouse"))
        shown = given if VARIABLE.search(given) else f"duckdb://{path}"
        return Address(backend, shown, node.place, path, f"duckdb://{path}", values(given))
    return _expand(node, backend, parts)


def _split(node: Node, given: str) -> SplitResult:
    """The parts of a URL; what is none is not repeated, since it may hold a password."""
    try:
        parts = urlsplit(given)
        is_url = _HOST.fullmatch(parts.netloc.rpartition("@")[2]) and "@" not in parts.path
    except ValueError:
        is_url = None
    if not is_url or parts.fragment:
        raise SourceError(
            f"{node.place}: warehouse must be a URL like postgres://NAME:${{PASSWORD}}@HOST:5432/DATABASE"
        )
    return parts


def _expand(node: Node, backend: str, parts: SplitResult) -> Address:
    """Replace `${NAME}` in each part of a URL; what a password says cannot end its part."""
    account, at, host = parts.netloc.rpartition("@")
    user, colon, password = account.partition(":")
    options = parse_qsl(parts.query, keep_blank_values=True)
    for value in [password, *(value for key, value in options if _SECRET.search(key))]:
        if value and not VARIABLE.fullmatch(value):
            raise SourceError(
                f"{node.place}: a password in clear: write ${{NAME}}, the name of an environment variable"
            )
    shown = f"{backend}://{user}{at}{host}{parts.path}"
    user, host, path = (_filled(node, text) for text in (user, host, parts.path))
    password, filled = _filled(node, password), [(key, _filled(node, v)) for key, v in options]
    identity = f"{backend}://{user}{at}{host}{path}"
    netloc = f"{user}{colon}{quote(password, safe='')}{at}{host}"
    url = f"{backend}://{netloc}{path}{'?' if filled else ''}{urlencode(filled)}"
    return Address(backend, shown, node.place, url, identity, values(parts.geturl()))


def _filled(node: Node, text: str) -> str:
    return VARIABLE.sub(lambda found: environment(node, found[1]), text)
