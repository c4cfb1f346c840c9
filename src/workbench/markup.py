"""The one function through which every text reaches a page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# Zero-width and direction-changing characters can make a name read as something else.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_FROM_RIGHT = re.compile(f"{_RIGHT_TO_LEFT}+(?:[ .-]+{_RIGHT_TO_LEFT}+)*")
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


def prose(text: object) -> str:
    """Return a sentence of a page, `escape`d, in which a name written from the right stays one.

    Without that a browser orders the figures after an Arabic or a Hebrew name from the right as
    well: a period would read from its last day to its first.
    """
    return _FROM_RIGHT.sub(r"<bdi>\g<0></bdi>", escape(text))


def harmless(value: object) -> object:
    """Return a value of a CSV file so that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def facts(named: Mapping[str, str]) -> str:
    """Return names with what they stand for, as a list of a page."""
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in named.items()
    )
    return f'<dl class="wb-facts">{items}</dl>'
