"""The reader's language: looked up when a sentence is made, never while a module is imported."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

PSEUDO = "xx"
"""No language: every message in brackets, by which a test sees the words that are in no catalogue."""

_FOLDER = Path(__file__).parent / "catalogues"
_FIELD = re.compile(r"\{[^{}]*\}")
_chosen: ContextVar[str] = ContextVar("language")
_spoken = ["en"]  # of the process: a callback of a widget runs in a context of its own


def language() -> str:
    """Return the language that is spoken here and now, as a code such as `en` or `zh`."""
    return _chosen.get(_spoken[-1])


def speak(code: str) -> None:
    """Choose the language of this process."""
    _spoken[-1] = code


@contextmanager
def using(code: str) -> Iterator[None]:
    """Speak another language within a `with` block."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


def locale() -> str:
    """Return the locale by which numbers, money and dates are written."""
    return "en" if language() == PSEUDO else language()


def translated(message: str) -> str:
    """Return a message of the catalogue in the reader's language, its fields still open."""
    return _catalogue(language()).gettext(message)


def translated_plural(one: str, many: str, n: float) -> str:
    """Return the form of a message that goes with a number, its fields still open."""
    return _catalogue(language()).ngettext(one, many, 1 if n == 1 else 2 if n != n // 1 else int(n))


class _Brackets(gettext.NullTranslations):
    """The pseudo-language."""

    def gettext(self, message: str) -> str:
        """Return the message in brackets."""
        return f"⟦{message}⟧" if _FIELD.sub("", message).strip() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return its form in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == PSEUDO:
        return _Brackets()
    return gettext.translation("workbench", _FOLDER, languages=[code], fallback=True)
