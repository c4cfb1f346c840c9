"""A piece of a page: its HTML, its plain text, and what the runner is to know about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.markup import escape, facts

FINISH = "application/vnd.workbench.finish+json"
_style: list[str] = []


def dress(css: str) -> None:
    """Give each cell of this process the house style: JupyterLab has no style sheet of ours."""
    _style[:] = [css]


@dataclass(frozen=True)
class Block:
    """What a cell shows.

    Attributes:
        html: The piece as HTML in which every text is already escaped.
        text: The same for a terminal.
        data: Further MIME types, for those who read pages by program.
    """

    html: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any]:
        return {"text/html": _dressed(self.html), "text/plain": self.text, **self.data}


class InCell:
    """What shows itself as a cell's last expression."""

    def block(self) -> Block:
        """Return the piece of a page."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return _dressed(self.block().html)


def facts_block(heading: str, named: Mapping[str, str]) -> Block:
    """Return a heading and what stands under it, name by name."""
    html = f'<div class="wb"><strong>{escape(heading)}</strong>{facts(named)}</div>'
    return Block(html, "\n".join([heading, *(f"{name}: {text}" for name, text in named.items())]))


def _dressed(html: str) -> str:
    return f"<style>{_style[0]}</style>{html}" if any(_style) else html
