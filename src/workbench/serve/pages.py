"""The server's own pages: what there is to open, and why something was not opened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import nbformat

from workbench.kit import words
from workbench.kit.sentences import say
from workbench.markup import escape, facts
from workbench.parameters import Parameter
from workbench.runs import cells
from workbench.runs.pages import page


def notebooks(folder: Path) -> list[Path]:
    """Return the notebooks that are served: those that lie in the folder itself, by name."""
    here = folder.resolve()
    return sorted(
        path
        for path in here.glob("*.ipynb")
        if not path.name.startswith(".") and path.resolve().parent == here
    )


def title(notebook: Path) -> str:
    """Return a notebook's first heading, or its name in words where it has none."""
    name = words.label(notebook.stem)
    try:
        return cells.title(cells.for_readers(nbformat.read(notebook, as_version=4)), name)
    except (OSError, ValueError, KeyError, AttributeError):  # no notebook, whatever it is called
        return name


def address(notebook: Path) -> str:
    """Return the path at which a notebook is served."""
    return f"/voila/render/{quote(notebook.name)}"


def home(folder: Path) -> str:
    """Return the page that lists the notebooks by the questions they answer."""
    served = notebooks(folder)
    if not served:
        nothing = f"<p>{escape(say('There is no notebook here.'))}</p>"
        return page(say("Nothing to open yet"), nothing)
    return page(say("What would you like to know?"), _links(served))


def unknown_notebook(folder: Path, name: str) -> str:
    """Return the page for an address that names no notebook."""
    said = say("There is no notebook '{name}' here.", name=name[:80])
    return page(say("Not found"), _problem(said) + _links(notebooks(folder)))


def wrong_parameter(notebook: Path, problem: str, parameters: Iterable[Parameter]) -> str:
    """Return the page for an address with a parameter that the notebook refuses.

    Args:
        notebook: The one that was asked for.
        problem: What was given and what is allowed, in one line.
        parameters: What an address may set in it.
    """
    again = say("Open the page without it")
    return page(
        title(notebook),
        f'{_problem(problem)}<p><a href="{escape(address(notebook))}">{escape(again)}</a></p>'
        f"<h2>{escape(say('What the address may say'))}</h2>"
        f"{facts({one.name: one.help for one in parameters})}",
    )


def no_token() -> str:
    """Return the page for someone who came without the link."""
    said = say("Open the link that 'workbench serve' has printed: it holds the key to this page.")
    return page(say("This page needs its link"), f"<p>{escape(said)}</p>")


def too_long() -> str:
    """Return the page for an address that nobody has written."""
    said = say("The address is too long.")
    return page(say("Not found"), f"<p>{escape(said)}</p>")


def busy(report: str = "") -> str:
    """Return the page for one viewer more than there is memory for.

    Args:
        report: The address of the published report; "" where there is none.
    """
    link = f'<p><a href="{escape(report)}">{escape(say("Open the published report"))}</a></p>'
    said = say(
        "As many pages are open as this machine can answer. Try again in a minute, or read the "
        "published report."
    )
    return page(say("Busy"), f"<p>{escape(said)}</p>{link if report else ''}")


def trouble() -> str:
    """Return the page for what should not have happened."""
    return page(say("Something went wrong"), f"<p>{escape(wrong())}</p>")


def wrong() -> str:
    """Return what a reader is told of an error that is not theirs."""
    return say("Something went wrong; the analyst sees the details in JupyterLab.")


def _links(served: Iterable[Path]) -> str:
    items = "".join(
        f'<li><a href="{escape(address(path))}">{escape(title(path))}</a></li>' for path in served
    )
    return f"<ul>{items}</ul>"


def _problem(text: str) -> str:
    return f'<div class="wb-error" role="alert">{escape(text)}</div>'
