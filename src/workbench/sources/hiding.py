"""What an environment variable holds stands in no message: its name is shown in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

from workbench.errors import WorkbenchError

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ALONE = re.compile(VARIABLE.pattern + r"""(?=[\s"',}\]]|$)""")  # it may be a file's whole path
_SHORT = 4  # letters of a value that may be part of any word


def values(given: str) -> dict[str, str]:
    """Return each way in which a variable of a text may be written out, and its `${NAME}`."""
    found: dict[str, str] = {}
    for name in VARIABLE.findall(given):
        value = os.environ.get(name, "")
        path = os.path.expanduser(value)  # noqa: PTH111 - a `~` that is nobody's is no error here
        written = {value, quote(value, safe=""), quote_plus(value), path, os.path.realpath(path)}
        written |= {Path(value).name} if name in _ALONE.findall(given) else set()
        found |= dict.fromkeys(written - {"", "/", "."}, f"${{{name}}}")
    return found


def hide(text: str, written: Mapping[str, str]) -> str:
    """Return a text without any of the values, the longest first; a short one is a word."""
    for value, name in sorted(written.items(), key=lambda item: -len(item[0])):
        pattern = re.escape(value)
        pattern = rf"(?<!\w){pattern}(?!\w)" if len(value) < _SHORT else pattern
        text = re.sub(pattern, lambda _found, name=name: name, text)  # type: ignore[misc]
    return text


@contextmanager
def hiding(path: Path) -> Iterator[None]:
    """Hide the values of a source file's variables in whatever is said of it.

    Raises:
        WorkbenchError: What was raised, with their names in their place.
    """
    try:
        yield
    except WorkbenchError as error:
        written = values(path.read_text(encoding="utf-8", errors="replace"))
        # Where it is said is no value, whatever a variable holds.
        place = re.match(rf"{re.escape(path.stem)}(\.yaml)?(, line \d+)?(?=[:,])", str(error))
        end = place.end() if place else 0
        raise type(error)(str(error)[:end] + hide(str(error)[end:], written)) from None
