"""An executed notebook as one page that asks for nothing from elsewhere; the only nbconvert."""

from __future__ import annotations

from functools import cache

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from workbench.display.lab import SHARE, style
from workbench.kit.sentences import say
from workbench.markup import escape


def to_html(
    notebook: NotebookNode, *, title: str, subtitle: str = "", notice: str = "", ending: str = ""
) -> str:
    """Return the page of an executed notebook.

    Cells tagged `app` are left out; code is there, hidden until asked for.

    Args:
        notebook: With outputs.
        title: The page's title.
        subtitle: What stands above it in small print: the shop, the period.
        notice: HTML that comes first of all: what casts doubt on the whole page.
        ending: HTML that comes last: what it was made with.
    """
    resources = {
        "wb_title": title,
        "wb_subtitle": subtitle,
        "wb_notice": notice,
        "wb_ending": ending,
        "wb_style": style(),
        "wb_show": escape(say("Show code")),
        "wb_hide": escape(say("Hide code")),
    }
    body, _resources = _exporter().from_notebook_node(notebook, resources=resources)
    return str(body)


@cache
def _exporter() -> HTMLExporter:
    """One exporter serves all pages of a process: to build one takes longer than to use it."""
    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"app"}
    return HTMLExporter(
        config=config,
        template_name="workbench",
        extra_template_basedirs=[str(SHARE / "nbconvert" / "templates")],
        filters={"wb_escape": escape},
    )
