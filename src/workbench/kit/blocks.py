"""A piece of a page: its HTML, its plain text, and what the runner is to know about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FINISH = "application/vnd.workbench.finish+json"


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
        return {"text/html": self.html, "text/plain": self.text, **self.data}
