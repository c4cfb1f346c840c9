"""Look at the cells of a notebook: their headings, tags and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

from workbench.kit.language import translated

APP = "app"
LAB = "lab"

_MARKS = re.compile(r"^(#{1,6}\s+)?", flags=re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", flags=re.MULTILINE)
_CHART = re.compile(r'<figure class="wb-chart"')
_MISSING = re.compile(r'<div class="wb-missing"')


def for_readers(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook as reports and apps have it: its texts in the reader's language.

    Cells tagged `lab` are for JupyterLab only.
    """
    notebook.cells = [cell for cell in notebook.cells if not is_tagged(cell, LAB)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n\n".join(_translated(text) for text in cell.source.split("\n\n"))
    return notebook


def code(notebook: NotebookNode) -> list[tuple[str, NotebookNode]]:
    """Return the code cells of a report, each with the heading it stands under.

    Empty ones do not count, nor do those with controls (tagged `app`), which are not in a report.
    """
    heading, found = title(notebook, ""), []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = _HEADING.findall(cell.source)
            heading = _plain(headings[-1]) if headings else heading
        elif cell.cell_type == "code" and cell.source.strip() and not is_tagged(cell, APP):
            found.append((heading, cell))
    return found


def title(notebook: NotebookNode, fallback: str) -> str:
    """Return a notebook's first heading, or the fallback where it has none."""
    for cell in notebook.cells:
        headings = _HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if headings:
            return _plain(headings[0])
    return fallback


def is_tagged(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell carries a tag."""
    return tag in cell.metadata.get("tags", [])


def outputs(cell: NotebookNode, mime: str) -> Iterator[Any]:
    """Yield what a cell shows under a MIME type."""
    for output in cell.get("outputs", []):
        if mime in output.get("data", {}):
            yield output["data"][mime]


def has_begun(cell: NotebookNode) -> bool:
    """Whether a cell was handed to the kernel, by the time that papermill notes down."""
    return bool(cell.metadata.get("papermill", {}).get("start_time"))


def error(cell: NotebookNode) -> NotebookNode | None:
    """Return the error that a cell ended with, or None."""
    outputs = cell.get("outputs", [])
    return next((output for output in outputs if output.output_type == "error"), None)


def failure(notebook: NotebookNode) -> tuple[str, NotebookNode] | None:
    """Return the code of the first cell that ended with an error, and that error, or None."""
    ended = ((cell.source, error(cell)) for _, cell in code(notebook))
    return next((one for one in ended if one[1]), None)


def charts(html: str) -> int:
    """Return how many charts stand in a piece of HTML."""
    return len(_CHART.findall(html))


def charts_of(cell: NotebookNode) -> int:
    """Return how many charts a cell shows."""
    return sum(charts(html) for html in outputs(cell, "text/html"))


def has_notice(cell: NotebookNode) -> bool:
    """Whether a cell says that data are missing."""
    return any(_MISSING.search(html) for html in outputs(cell, "text/html"))


def _translated(text: str) -> str:
    """A heading or paragraph of the catalogue; the marks before a heading stay."""
    marks = _MARKS.match(text)
    head = marks[0] if marks else ""
    return head + translated(text.removeprefix(head))


def _plain(heading: str) -> str:
    return re.sub(r"[`*_]", "", heading)
