"""Where a shop's data come from, opened as the contract's tables.

`connect(NAME)` opens the invented shop `demo`, a source file `parameters/sources/NAME.yaml`, or a
folder of Parquet and CSV files named after the tables. Files are read once into a cache, a
warehouse is read where it is; every raw line is counted as kept, excluded by a rule, or
quarantined with its reasons.

    source          `Source`, `connect`             checking      what `workbench check` prints
                                                    repairs       the lines that were set aside
    warehouse       tables that stay where they are
    demonstration   the invented shop               folders       files named after the tables
    importing       from a declaration to the cache
    examining       what is doubtful in tables      doubts        a doubt, and which rows are looked at
    users, marks    ids that look alike or lie      wordings      words spelt anew, a shop's own words
    ways            steps whose users never meet
    manifest        what is kept in mind            quarantine    lines that were set aside
    cache           Parquet by fingerprint          spool         all rows of a table wait here
    taps            rows of one line, or several    staging       rules and SELECT over a raw file
    hints           what to declare for a reason
    checks          the contract of a table's rows  account       lines and money must add up
    lineage         trace a SELECT's rows to lines  parsing       what a SELECT is, and reads
    midnights       instants that are days          cleaning      ids and words as they are meant
    totals          lines that are sums of others   currencies    a second one is refused
    tracing         rows of several lines           errorcells    #N/A in a workbook
    files           raw files as views or streams   writing       months of Parquet
    filling         cells that hold for those below spelling      words that mean another
    casts, clocks   strict, lossless casts          text          split text files, verified
    declaration     what a source file may say      options       … and of one raw file
    formats         how a file writes amounts       address       where a warehouse is

Arrows point down; import-linter holds the layers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.project import root

if TYPE_CHECKING:
    from workbench.sources.source import Source

__all__ = ["Source", "check_declared", "connect", "names"]


def __dir__() -> list[str]:
    return __all__


def names() -> list[str]:
    """Return `demo` and the name of every source file."""
    return ["demo", *sorted(path.stem for path in place("").parent.glob("*.yaml"))]


def place(name: str) -> Path:
    """Return where the source file of a name lies, if it has one."""
    return root() / "parameters" / "sources" / f"{name}.yaml"


def check_declared(name: str) -> None:
    """Refuse a source file that cannot be read as it stands, without loading an engine.

    Raises:
        SourceError: If `name` has a source file and that is wrong, or a variable is not set.
    """
    if place(name).exists():
        from workbench.sources import declaration  # noqa: PLC0415 - names() needs no YAML

        declaration.load(place(name))


def connect(name: str) -> Source:
    """Open a source as the contract's tables; files are imported the first time, a warehouse is not.

    Args:
        name: `demo`, the name of a file in parameters/sources, or the path of a folder whose
            files are named after the tables.

    Raises:
        ParameterError: If it is unknown.
        SourceError: If its declaration is wrong, or its data cannot be read without losing
            something.
    """
    from workbench.sources.connecting import connect as open_source  # noqa: PLC0415 - names() is cheap

    return open_source(name)


def __getattr__(name: str) -> type[Source]:
    """Load `Source` with its engine when somebody asks for it."""
    if name != "Source":
        raise AttributeError(f"module 'workbench.sources' has no attribute '{name}'")
    from workbench.sources import source  # noqa: PLC0415 - as in connect

    return source.Source
