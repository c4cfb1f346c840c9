"""What can be said of a new source's name and files before anything heavy is imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from workbench.errors import ParameterError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def check(name: str, target: Path) -> None:
    """Refuse a name that no source can have, or that one has already.

    Raises:
        ParameterError: In one line.
    """
    if not _NAME.fullmatch(name) or name == "demo":
        raise ParameterError(f"name == '{name}', must be letters, digits, _ and -, and not demo")
    if target.exists():
        raise ParameterError(
            f"'{target}' is there already and is never overwritten: take another name, or "
            f"move it away"
        )


def check_files(paths: Sequence[Path]) -> None:
    """Refuse files that are not there.

    Raises:
        ParameterError: In one line.
    """
    for path in paths:
        if not path.exists():
            raise ParameterError(f"no file or folder '{path}'")
