"""What a user did or gave that cannot be used, said in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WorkbenchError(Exception):
    """An error whose message is the whole story: one line, no traceback needed.

    The command line prints the message and exits with `exit_code`; a notebook shows it
    without the frames above it.
    """

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback."""
        return [str(self)]


class ParameterError(WorkbenchError):
    """A parameter that is unknown, of the wrong type, or impossible (exit code 2)."""

    exit_code = 2


class SourceError(WorkbenchError):
    """Data that cannot be used as they are: missing, unreadable or broken (exit code 3)."""

    exit_code = 3


class RunError(WorkbenchError):
    """A run that came to nothing that may be published (exit code 1)."""


class UnusableData(RunError):  # noqa: N818 - it reads as what it is
    """A run that came to nothing since the data cannot be used as they are (exit code 3)."""

    exit_code = SourceError.exit_code


class MissingData(SourceError):  # noqa: N818 - it reads as what it is: `except MissingData`
    """A table or column that this source does not have and the question needs."""


class MissingDays(MissingData):
    """A week or period of which this source holds nothing; its tables are there."""


# What a viewer of an app is told in full: what was asked amiss, and what a shop does not have. The
# others name files and folders of the host.
TOLD = (ParameterError, MissingData)


def unknown(kind: str, given: str, allowed: Iterable[str]) -> str:
    """Return "unknown KIND 'given', did you mean 'near'?", or the allowed names if none is near."""
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    if near:
        return f"unknown {kind} '{given}', did you mean '{near[0]}'?"
    if not names:
        return f"unknown {kind} '{given}': there is none to choose from"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")  # noqa: PLR2004 - a line
    return f"unknown {kind} '{given}', must be one of: {shown}"
