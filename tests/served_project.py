"""A project of small notebooks, each of which behaves in its own way when it is served."""

import nbformat
from nbformat import v4

from workbench.display import records
from workbench.display.records import Record
from workbench.parameters import Setting

MOST_VIEWERS = 4

PARAMETERS = """\
platform: str = ""  # one platform only; empty: all of them
window_days: int = 7  # 1..90: days a user has from the first step to the last
steps: list[str] = []  # the events of the funnel in order; empty: the shop's own
mask_ids: bool = True  # owner: whether ids leave as pseudonyms
drill: int = 1  # owner: 1..9: how deep"""
LONG = """\
from pathlib import Path
import signal, time
for kindly in (signal.SIGINT, signal.SIGTERM):  # as what computes in C would not heed it
    signal.signal(kindly, signal.SIG_IGN)
Path("began").touch()
time.sleep(60)"""
SOURCE = """source: str = "demo"  # a shop, or a folder of tables"""
ANSWER = """\
from html import escape
from pathlib import Path
from IPython.display import HTML
Path("has-run").touch()
HTML("<p>answer " + escape(repr((platform, window_days, steps))) + "</p>")"""
KIND = """\
from workbench.errors import MissingData
raise MissingData("no table <orders> here")"""
HOSTS = """\
from workbench.errors import SourceError
raise SourceError("no such file: /srv/exports/orders.csv")"""
TALKING = """\
import sys
def answer(comm, _message):
    try:
        1 / 0
    except ZeroDivisionError:
        get_ipython().showtraceback()
    print("a path of the host", file=sys.stderr, flush=True)
    comm.send({"done": True})
get_ipython().kernel.comm_manager.register_target("ask", answer)
print("a warning", file=sys.stderr)"""
BROKEN = """\
secret = "the analyst's own"
1 / 0"""


def notebook(path, *cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)


def code(source, *tags):
    return v4.new_code_cell(source, metadata={"tags": list(tags)})


def project(folder):
    here = folder / "notebooks"
    (here / "below").mkdir(parents=True)
    title = v4.new_markdown_cell("# Where do we lose users?\n\nFor one shop.")
    after = v4.new_markdown_cell("## What comes after?")
    lab = v4.new_markdown_cell("## What would you ask next?", metadata={"tags": ["lab"]})
    asked = (code(PARAMETERS, "parameters"), code(ANSWER), lab, code(BROKEN, "lab"), after)
    notebook(here / "funnel.ipynb", title, *asked)
    notebook(here / "kind.ipynb", v4.new_markdown_cell("# Kind"), code(KIND), after)
    notebook(here / "hosts.ipynb", v4.new_markdown_cell("# Hosts"), code(HOSTS), after)
    notebook(here / "talking.ipynb", v4.new_markdown_cell("# Talking"), code(TALKING))
    notebook(here / "long.ipynb", v4.new_markdown_cell("# Long"), code(LONG), code("1"))
    planted = code("from IPython.display import HTML; HTML('<script>planted()</script>')")
    notebook(here / "script.ipynb", v4.new_markdown_cell("# Script"), planted)
    shown = code("from IPython.display import HTML; HTML(f'<p>of {source}</p>')")
    notebook(here / "shop.ipynb", code(SOURCE, "parameters"), shown)
    private = code(SOURCE.replace("demo", "/srv/private"), "parameters")
    notebook(here / "private.ipynb", private, shown)
    notebook(here / "broken.ipynb", v4.new_markdown_cell("# Broken"), code(BROKEN), after)
    notebook(here / "below" / "hidden.ipynb", code("1"))
    notebook(folder / "outside.ipynb", code("1"))
    (here / "link.ipynb").symlink_to(folder / "outside.ipynb")
    declared = folder / "parameters" / "sources"
    declared.mkdir(parents=True)
    for name in ("north", "south", "hidden"):
        (declared / f"{name}.yaml").write_text("")
    (folder / "parameters/weekly.yaml").write_text("reports: [{notebook: shop}]\n")
    week = folder / "reports/demo/weekly/2026-W40"
    week.mkdir(parents=True)
    set_to = (Setting("source", "demo", "demo", "a shop", differs=False),)
    made = {"ran_at": "2026-10-05T09:30:00+00:00", "parameters": set_to}
    records.write(week, [Record("shop", "Shop", "2026-W40", "demo", "demo", **made)])
    (week / "shop.html").write_text("<p>published of demo</p>")
    (here / "data.csv").write_text("user_id\n1\n")
    (here / "picture.png").write_bytes(b"\x89PNG")
    return folder
