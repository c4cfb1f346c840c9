"""The one function through which every text reaches a page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# Zero-width and direction-changing characters can make a name read as something else.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,]*$)")


def visible(text: object) -> str:
    """Return `text` with U+FFFD for each control, zero-width or direction-changing character."""
    return _INVISIBLE.sub("\ufffd", str(text))


def escape(text: object) -> str:
    """Return `text` as characters of a page, never as markup.

    `<`, `>`, `&` and both quotes become entities, so the result is safe in text and in a quoted
    attribute; what is not `visible` is replaced. `$` and the backtick become entities too, so that
    neither MathJax nor Markdown finds a formula or code.
    """
    escaped = html.escape(visible(text), quote=True)
    return escaped.replace("$", "&#36;").replace("`", "&#96;")


def harmless(value: object) -> object:
    """Return a value of a CSV file so that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def facts(named: Mapping[str, str]) -> str:
    """Return names with what they stand for, as a list of a page."""
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in named.items()
    )
    return f'<dl class="wb-facts">{items}</dl>'
