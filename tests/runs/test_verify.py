import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.errors import RunError
from workbench.periods import Week
from workbench.runs import verify
from workbench.runs.execute import Execution
from workbench.runs.verify import Finish, foreign_addresses

SAID = {
    "week": "2026-W40",
    "period": "28 Sep – 4 Oct 2026",
    "source": "demo",
    "charts": 0,
    "results": [],
}
FINISHED = Finish(Week(2026, 40), "28 Sep – 4 Oct 2026", "demo", "", 1, ())


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ('<a href="https://example.org/">a link waits to be clicked</a>', []),
        ('<img src="data:image/svg+xml;base64,Ly9h//b">', []),
        ('<source srcset="data:image/png;base64,//ab== 2x">', []),
        ('<link rel="icon" href="data:,"><a href="two.html">next</a>', []),
        ("<p>https://example.org/x.js in words</p>", []),
        ('<svg xmlns="http://www.w3.org/2000/svg"></svg>', []),
        ("<style>b { background: url(#a) }</style>", []),
        ('<script src="https://example.org/x.js"></script>', ["https://example.org/x.js"]),
        ('<script src="//example.org/x.js"></script>', ["//example.org/x.js"]),
        ("<img src=HTTP://example.org/x.png>", ["HTTP://example.org/x.png"]),
        ('<img srcset="a.png 1x, https://e.org/b.png 2x">', ["https://e.org/b.png"]),
        ('<link href="https://e.org/a.css" rel="stylesheet">', ["https://e.org/a.css"]),
        ("<style>@import 'https://e.org/a.css';</style>", ["https://e.org/a.css"]),
        ("<style>p { src: url( https://e.org/a.woff ) }</style>", ["https://e.org/a.woff"]),
        ('<p style="background:url(//e.org/a.png)">', ["//e.org/a.png"]),
        ('<svg><image xlink:href="https://e.org/a.png"/></svg>', ["https://e.org/a.png"]),
        ('<svg><use href="https://e.org/a.svg#b"/></svg>', ["https://e.org/a.svg#b"]),
        ('<iframe src="https://e.org"></iframe>', ["https://e.org"]),
        ('<object data="https://e.org/a"></object>', ["https://e.org/a"]),
        (
            '<meta http-equiv="refresh" content="0; URL=https://e.org/">',
            ["https://e.org/"],
        ),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(html, addresses):
    assert foreign_addresses(html) == addresses


def page(extra="", charts=1):
    return "x" * 3000 + '<figure class="wb-chart"></figure>' * charts + extra


@pytest.mark.parametrize(
    ("html", "sentence"),
    [
        ("<p>tiny</p>", "the page has 11 bytes, must be 2,000..20,000,000"),
        (page(charts=0), "1 charts were shown, but 0 are on the page"),
        (page("x" * 20_000_000), "the page has 20,003,034 bytes, must be 2,000..20,000,000"),
        (
            page('<img src="https://e.org/a.png">'),
            "the page would load 'https://e.org/a.png' from elsewhere",
        ),
    ],
)
def test_a_page_that_cannot_be_right_is_refused(html, sentence):
    with pytest.raises(RunError) as caught:
        verify.page(html, FINISHED)
    assert str(caught.value) == sentence


def test_a_page_in_order_passes():
    verify.page(page(), FINISHED)


def executed(*cells, stopped=""):
    return Execution(new_notebook(cells=[new_markdown_cell("# Title"), *cells]), stopped)


def cell(source="1", *, ran=True, tags=(), outputs=(), **data):
    shown = [
        new_output("display_data", {name.replace("_", "/"): text}) for name, text in data.items()
    ]
    return new_code_cell(
        source,
        execution_count=1 if ran else None,
        metadata={"tags": list(tags)},
        outputs=[*outputs, *shown],
    )


def closing(**changes):
    output = new_output("display_data", {verify.FINISH: SAID | changes})
    return cell("wb.finish()", outputs=[output])


def test_what_the_sentinel_says_is_returned(tmp_path):
    finish = verify.notebook(executed(cell(), closing()), tmp_path)
    assert finish == Finish(Week(2026, 40), "28 Sep – 4 Oct 2026", "demo", "", 0, ())


def test_an_app_cell_may_follow_the_sentinel_and_its_charts_do_not_count(tmp_path):
    app = cell(ran=False, tags=["app"], text_html='<figure class="wb-chart"></figure>')
    verify.notebook(executed(closing(), app), tmp_path)


def test_a_notice_of_missing_data_stands_for_a_figure(tmp_path):
    notice = cell(tags=["figure"], text_html='<div class="wb-missing">no spend</div>')
    verify.notebook(executed(notice, closing()), tmp_path)


@pytest.mark.parametrize(
    ("execution", "sentence"),
    [
        (executed(), "the last cell did not close the notebook with wb.finish"),
        (
            executed(cell(), cell(ran=False), closing()),
            "1 of 3 cells did not run (under 'Title')",
        ),
        (
            executed(closing(), cell()),
            "the last cell did not close the notebook with wb.finish",
        ),
        (
            executed(closing(), stopped="the kernel died"),
            "the kernel died",
        ),
        (
            executed(cell(tags=["figure"], text_html="<p>no figure</p>"), closing()),
            "a figure is missing (under 'Title')",
        ),
        (
            executed(closing(results=["steps"])),
            "the result table 'steps' is missing",
        ),
        (
            executed(closing(results=["../../steps"])),
            "the result table '../../steps' lies outside the results",
        ),
        (
            executed(closing(results=["torn"])),
            "the result table 'torn' cannot be read",
        ),
        (
            executed(closing(shown=["steps"])),
            "the result table 'steps' for readers is missing",
        ),
        (
            executed(closing(week="2026-40")),
            "the notebook was closed with what wb.finish never says: {'week': '2026-40', "
            "'period': '28 Sep – 4 Oct 2026', "
            "'source': 'demo', 'charts': 0, 'results': []}",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path, execution, sentence):
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner/torn.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(RunError) as caught:
        verify.notebook(execution, tmp_path)
    assert str(caught.value) == sentence


def test_an_error_of_ours_needs_no_name_before_it(tmp_path):
    output = new_output(
        "error", ename="MissingData", evalue="no orders here", traceback=["no orders here"]
    )
    with pytest.raises(RunError, match=r"^no orders here \(under 'Title'\)$"):
        verify.notebook(executed(cell(outputs=[output])), tmp_path)
