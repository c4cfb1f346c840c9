"""Run a notebook's cells in a kernel of this very Python; the only papermill."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from papermill.exceptions import PapermillExecutionError

from workbench.kit import audience
from workbench.runs import cells
from workbench.runs.plans import Report
from workbench.runs.progress import Progress

RESULTS = "results"
LOG = "kernel.log"
_LEAST_SECONDS = 0.1  # of a cell: nought would mean for ever

_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""By which the libraries of linear algebra are told how many threads they may wake."""


@dataclass(frozen=True)
class Execution:
    """What is left of a notebook that was run.

    Attributes:
        notebook: The notebook with the outputs of the cells that ran.
        stopped: Why it stopped before its end, as far as anything says so; else "".
    """

    notebook: NotebookNode
    stopped: str


def execute(
    report: Report, folder: Path, published: Path, root: Path, progress: Progress
) -> Execution:
    """Run a report's notebook; what came of it is for `verify` to say.

    papermill gets no file to write to: it overwrites in place, and leaves a killed run looking
    completed.

    Args:
        report: The notebook and its parameters.
        folder: The run's own folder, for result tables and whatever a kernel writes at its start.
        published: Where the weeks of this pack or notebook are published: a report may look for
            what earlier ones were made with there, and nowhere else.
        root: The project's folder.
        progress: Told of each cell.
    """
    if report.broken:
        return Execution(new_notebook(), report.broken)
    executed = [cells.for_readers(nbformat.read(report.notebook, as_version=4))]
    stopped, until = "", time.monotonic() + 60 * report.deadline_minutes
    late = f"it took longer than its deadline of {report.deadline_minutes:g} minutes"
    try:
        papermill.execute_notebook(
            executed[0],
            None,
            parameters=dict(report.parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            kernel_manager_class=_kernel(folder, published, root),
            resources={"metadata": {"path": str(report.notebook.parent)}},
            iopub_timeout=60,
            timeout_func=lambda _cell: max(until - time.monotonic(), _LEAST_SECONDS),
            # Controls are for those who can turn them; what they draw is on no page.
            skip_cells_with_tag=cells.APP,
            on_notebook_start=lambda notebook: executed.append(notebook),  # noqa: PLW0108 - by name
            on_cell_start=lambda cell, **_: _tell(report.name, executed[-1], cell, progress),
            on_cell_executed=lambda **_: progress.done(),
        )
    except PapermillExecutionError:
        if time.monotonic() >= until:  # the cell was interrupted for that
            stopped = late
        # Else the cell's own output says it, more plainly.
    except DeadKernelError:
        stopped = "the kernel died"
    except CellTimeoutError:
        stopped = late
    except Exception as error:  # noqa: BLE001 - whatever stops a kernel, the good page has to stay
        stopped = f"{type(error).__name__}: {error}".splitlines()[0]
    finally:
        progress.done()
    return Execution(executed[-1], stopped)


def _tell(name: str, notebook: NotebookNode, started: NotebookNode, progress: Progress) -> None:
    all_cells = cells.code(notebook)
    for number, (heading, cell) in enumerate(all_cells, start=1):
        if cell is started:
            progress.start(name, number, len(all_cells), heading)


def _kernel(folder: Path, published: Path, root: Path) -> type[AsyncKernelManager]:
    """A kernel manager whose one kernel is this Python, whatever kernels are installed by name.

    The kernel's profile, history, connection file and mutterings stay in the run's folder: nothing of a
    person's own set-up gets into a report, and nothing of a report into their home.
    """
    spec = KernelSpec(
        **get_kernel_dict(),
        env={
            "WORKBENCH_HOME": str(root),
            audience.RESULTS: str(folder / RESULTS),
            "WORKBENCH_PUBLISHED": str(published),
            "IPYTHONDIR": str(folder / "ipython"),
            # For the small matrices of a report they wait for one another longer than they reckon, and
            # the last digit of a sum would depend on how many there are.
            **{name: os.environ.get(name, "1") for name in _THREADS},
        },
    )
    encryption = "auto" if zmq.has("curve") else "disabled"

    class Kernel(AsyncKernelManager):  # type: ignore[misc]  # comes without types here
        def __init__(self, **options: Any) -> None:
            super().__init__(
                connection_file=str(folder / "kernel.json"),
                transport_encryption=encryption,
                **options,
            )

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        async def start_kernel(self, **options: Any) -> None:
            with (folder / LOG).open("ab") as log:
                await super().start_kernel(stdout=log, stderr=log, **options)

    return Kernel
