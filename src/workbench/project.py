"""Where a project's folders are: notebooks/, parameters/, reports/ and the cache."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import ParameterError


def root() -> Path:
    """Return the project's top folder: `WORKBENCH_HOME`, or the nearest one above that has parameters/.

    A kernel starts in notebooks/, the command line anywhere in the project.

    Raises:
        ParameterError: If there is none.
    """
    named = os.environ.get("WORKBENCH_HOME")
    if named:
        return Path(named).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "parameters").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise ParameterError(
        f"no project here: neither '{here}' nor a folder above it has notebooks/ and parameters/"
    )


def cache() -> Path:
    """Return the folder for what can be made again: `WORKBENCH_CACHE`, or the user's cache."""
    named = os.environ.get("WORKBENCH_CACHE")
    if named:
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "workbench"
