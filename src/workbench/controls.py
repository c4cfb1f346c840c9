"""Controls that ask an analysis again: the only ipywidgets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from workbench.charts import Chart
from workbench.display import Block, show
from workbench.display.lab import in_app
from workbench.errors import TOLD, ParameterError, WorkbenchError
from workbench.kit import words
from workbench.kit.sentences import say
from workbench.markup import escape

Choice = tuple[str, Sequence[str]] | tuple[int, range]

_PAUSE = 0.15  # seconds without a further change before the analysis is asked again


def explore(
    answer: Callable[..., Any],
    /,
    *,
    show: Callable[[Any], Iterable[Any]],
    known: Any = None,
    **choices: Choice,
) -> Explorer:
    """Return controls, and under them an answer that follows them.

        explore(
            lambda platform, window_days: diagnose(..., platform=platform, window=window_days),
            show=lambda funnel: [funnel.findings, funnel.steps_chart(), funnel.steps],
            known=funnel,
            platform=(platform, ["", "douyin", "wechat"]),
            window_days=(window_days, range(1, 91)),
        )

    Args:
        answer: Called with the controls' values by name; returns a result.
        show: Returns what of the result is shown, in order: whatever `workbench.show` takes, or
            what it returned.
        known: What `answer` returns where the controls start, if the page has it already: then it
            is not asked for a second time.
        choices: By the name of `answer`'s parameter, where its control starts and what may be
            chosen: texts (the empty one stands for all of them) or a range of whole numbers.

    Raises:
        ParameterError: If a control would start at what is not among its choices.
    """
    return Explorer(answer, show, choices, known)


class Explorer(widgets.VBox):  # type: ignore[misc]  # ipywidgets is not typed
    """The controls and their answer."""

    def __init__(
        self,
        answer: Callable[..., Any],
        shown: Callable[[Any], Iterable[Any]],
        choices: dict[str, Choice],
        known: Any = None,
    ) -> None:
        self._answer, self._known = answer, known
        self._shown = shown
        self._allowed = {name: allowed for name, (_start, allowed) in choices.items()}
        self._controls = {name: _control(name, *choice) for name, choice in choices.items()}
        self._status = widgets.HTML()
        self._page = widgets.HTML(layout=widgets.Layout(width="100%"))
        self._due: asyncio.TimerHandle | None = None
        row = widgets.Box(
            list(self._controls.values()),
            layout=widgets.Layout(flex_flow="row wrap", width="100%"),
        )
        row.add_class("wb-choices")
        super().__init__([row, self._status, self._page])
        self.add_class("wb")
        for control in self._controls.values():
            control.observe(self._changed, names="value")
        self._redraw()

    def _changed(self, _change: object) -> None:
        """Say at once that work is under way, and begin it when the controls have come to rest."""
        self._page.add_class("wb-stale")
        self._status.value = f'<p role="status">{escape(say("Working out the answer…"))}</p>'
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._redraw()
            return
        if self._due is not None:
            self._due.cancel()
        self._due = loop.call_later(_PAUSE, self._redraw)

    def _redraw(self) -> None:
        self._page.value = self._html()
        self._page.remove_class("wb-stale")
        self._status.value = ""

    def _html(self) -> str:
        """The answer to what the controls say now, or one kind line."""
        try:
            values = {
                name: _checked(name, control.value, self._allowed[name])
                for name, control in self._controls.items()
            }
            known, self._known = self._known, None
            found = self._answer(**values) if known is None else known
            body = "".join(_piece(one) for one in self._shown(found))
        except WorkbenchError as error:
            if isinstance(error, TOLD) or not in_app():
                return _problem(str(error))
            return _problem(
                say("These data cannot be used as they are; the analyst sees why in JupyterLab.")
            )
        except Exception:  # a reader gets one line, whatever an analysis stumbles over
            logging.getLogger(__name__).exception("The answer could not be worked out")
            return _problem(
                say("Something went wrong; the analyst sees the details in JupyterLab.")
            )
        said = " ".join(f"{name}={value}" for name, value in values.items())
        return f'<div class="wb-answer jp-RenderedHTMLCommon" data-answer="{escape(said)}">{body}</div>'


def _control(name: str, start: str | int, allowed: Sequence[str] | range) -> widgets.ValueWidget:
    _checked(name, start, allowed)
    look = {
        "description": _title(name),
        "layout": widgets.Layout(width="20rem", max_width="100%"),
        "style": {"description_width": "initial"},
    }
    if isinstance(allowed, range):
        return widgets.BoundedIntText(value=start, min=allowed[0], max=allowed[-1], **look)
    options = [(words.label(one) if one else _all(name), one) for one in allowed]
    return widgets.Dropdown(value=start, options=options, **look)


def _checked(name: str, value: object, allowed: Sequence[str] | range) -> object:
    """The value, if it is one of those allowed: what a browser sends may be forged."""
    if isinstance(allowed, range):
        if type(value) is not int or value not in allowed:
            raise ParameterError(f"{name} == {value!r}, must be in {allowed[0]}..{allowed[-1]}")
    elif value not in allowed:
        choices = ", ".join(repr(one) for one in allowed)
        raise ParameterError(f"{name} == {value!r}, must be one of: {choices}")
    return value


def _title(name: str) -> str:
    """The words over a control: `window_days` → `Window (days)`."""
    if name.endswith("_days"):
        return say("{name:label} (days)", name=name.removesuffix("_days"))
    return words.label(name)


def _all(name: str) -> str:
    known = {"platform": say("All platforms"), "channel": say("All channels")}
    return known.get(name, say("All"))


def _piece(thing: Any) -> str:
    """One thing as HTML in which every text is escaped.

    A chart is drawn without `show`, which counts charts: this cell is no part of a report.
    """
    if isinstance(thing, Chart):
        return thing.block().html
    return thing.html if isinstance(thing, Block) else show(thing).html


def _problem(text: str) -> str:
    return f'<div class="wb-error" role="alert">{escape(text)}</div>'
