"""Whether a run came to its end with everything it should have: seen for ourselves.

papermill's word is not enough: `sys.exit(0)` in a cell ends a run without an error, and a figure
that was never drawn is no error at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from nbformat import NotebookNode

from workbench.display.records import OWNER, PUBLIC
from workbench.errors import ParameterError, RunError
from workbench.kit.blocks import FINISH
from workbench.periods import Week
from workbench.runs import cells
from workbench.runs.execute import Execution

_SMALLEST_PAGE, _LARGEST_PAGE = 2_000, 20_000_000  # bytes: less is no page, more opens on no phone
_LOADING = {"src", "srcset", "poster", "data", "action", "background", "xlink:href"}
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", flags=re.IGNORECASE)
_IN_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", flags=re.IGNORECASE)


@dataclass(frozen=True)
class Finish:
    """What the closing sentinel of a notebook says.

    Attributes:
        week: The last week of the period.
        period: The period's days, as a reader says them.
        source: The source's name.
        asked_for: What the source was asked for by.
        charts: How many charts were shown.
        results: The names of the owner's result tables.
        shown: The names of those for readers.
        doubts: What a reader should know of the source before any figure, in sentences.
    """

    week: Week
    period: str
    source: str
    asked_for: str
    charts: int
    results: tuple[str, ...]
    shown: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def notebook(execution: Execution, results: Path) -> Finish:
    """Return what the closing sentinel says, once everything it says is found to be so.

    Args:
        execution: The notebook as it was left.
        results: The folder of result tables.

    Raises:
        RunError: If a cell failed or did not run, or the sentinel, a figure or a table is missing.
    """
    all_cells = cells.code(execution.notebook)
    _check_every_cell_ran(all_cells, execution.stopped)
    finish = _finish(all_cells)
    for heading, cell in all_cells:
        drawn = cells.charts_of(cell) or cells.has_notice(cell)
        if cells.is_tagged(cell, "figure") and not drawn:
            raise RunError(f"a figure is missing{_under(heading)}")
    shown = sum(cells.charts_of(cell) for _, cell in all_cells)
    if shown != finish.charts:
        raise RunError(f"{finish.charts} charts were shown, but {shown} are in the notebook")
    for name in finish.results:
        _check_table(results / OWNER, name)
    for name in finish.shown:
        if not (results / PUBLIC / f"{name}.csv").is_file():
            raise RunError(f"the result table '{name}' for readers is missing")
    return finish


def page(html: str, finish: Finish) -> None:
    """Check the page of a verified notebook.

    Raises:
        RunError: If its size is out of all proportion, a chart got lost, or it would load
            something from another address.
    """
    size = len(html.encode())
    if not _SMALLEST_PAGE <= size <= _LARGEST_PAGE:
        raise RunError(
            f"the page has {size:,} bytes, must be {_SMALLEST_PAGE:,}..{_LARGEST_PAGE:,}"
        )
    if cells.charts(html) != finish.charts:
        raise RunError(
            f"{finish.charts} charts were shown, but {cells.charts(html)} are on the page"
        )
    foreign = foreign_addresses(html)
    if foreign:
        raise RunError(f"the page would load '{foreign[0][:80]}' from elsewhere")


def foreign_addresses(html: str) -> list[str]:
    """Return the addresses elsewhere that a browser would ask for when it opens a page.

    A link that waits to be clicked on is none.
    """
    parser = _Addresses()
    parser.feed(html)
    parser.close()
    return [address for address in parser.found if _ELSEWHERE.match(address)]


class _Addresses(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            self.found += _addresses(tag, name, (value or "").strip())

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _in_style(data)


def _addresses(tag: str, name: str, value: str) -> list[str]:
    if name == "srcset":
        return [word for part in value.split(", ") for word in part.split()[:1]]
    if name in _LOADING or (name == "href" and tag not in {"a", "area"}):
        return [value]
    if tag == "meta" and name == "content" and "url=" in value.lower():
        return [value.lower().partition("url=")[2].strip("'\" ")]
    return _in_style(value) if name == "style" else []


def _in_style(text: str) -> list[str]:
    return [(one or other).strip() for one, other in _IN_STYLE.findall(text)]


def _check_every_cell_ran(all_cells: list[tuple[str, NotebookNode]], stopped: str) -> None:
    begun = [heading for heading, cell in all_cells if cells.has_begun(cell)]
    if stopped:
        raise RunError(stopped + _under(begun[-1] if begun else ""))
    for heading, cell in all_cells:
        error = cells.error(cell)
        if error is not None:
            raise RunError(_sentence(error) + _under(heading))
    pending = [heading for heading, cell in all_cells if cell.execution_count is None]
    if pending:
        raise RunError(f"{len(pending)} of {len(all_cells)} cells did not run{_under(pending[0])}")


def _under(heading: str) -> str:
    return f" (under '{heading}')" if heading else ""


def _sentence(error: NotebookNode) -> str:
    """An error in one line; one of our own has no traceback and needs no name before it."""
    first = next(iter(error.evalue.splitlines()), "")
    if error.ename == "SystemExit":
        return "a cell ended the run with sys.exit"
    is_ours = list(error.get("traceback", [])) == [error.evalue]
    return first if is_ours else f"{error.ename}: {first}".rstrip(": ")


def _finish(all_cells: list[tuple[str, NotebookNode]]) -> Finish:
    said = next((one for _, last in all_cells[-1:] for one in cells.outputs(last, FINISH)), None)
    if said is None:
        raise RunError("the last cell did not close the notebook with wb.finish")
    try:
        return Finish(
            Week.parse(said["week"]),
            str(said["period"]),
            str(said["source"]),
            str(said.get("asked_for", "")),
            int(said["charts"]),
            tuple(said["results"]),
            tuple(map(str, said.get("shown", ()))),
            tuple(map(str, said.get("doubts", ()))),
        )
    except (KeyError, TypeError, ValueError, ParameterError):
        raise RunError(f"the notebook was closed with what wb.finish never says: {said}") from None


def _check_table(results: Path, name: str) -> None:
    path = results / f"{name}.parquet"
    if path.parent != results:
        raise RunError(f"the result table '{name}' lies outside the results")
    try:
        pq.ParquetFile(path).read()
    except FileNotFoundError:
        raise RunError(f"the result table '{name}' is missing") from None
    except (OSError, pa.ArrowException):
        raise RunError(f"the result table '{name}' cannot be read") from None
