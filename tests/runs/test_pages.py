import io
import re

from workbench.display.records import Record
from workbench.kit.findings import Finding
from workbench.parameters import Setting
from workbench.runs import pages
from workbench.runs.progress import Progress
from workbench.runs.verify import foreign_addresses

EVIL = "<script>alert(1)</script>"


def body(html):
    return html.partition("<body")[2]


def record(**values):
    return Record("one", "One?", **values)


def test_the_index_links_a_report_and_tells_what_it_found():
    findings = tuple(
        Finding(f"finding {number}", status=status)
        for number, status in enumerate(("bad", "good", "neutral", "unknown"))
    )
    html = body(
        pages.index(
            "Weekly",
            "2026-W40",
            [
                record(
                    week="2026-W40",
                    source="demo",
                    ran_at="2026-10-05T09:30:00+00:00",
                    findings=findings,
                )
            ],
        )
    )
    assert '<a href="one.html">One?</a>' in html
    assert "✓ up to date" in html
    assert "▼ bad</span> <span>finding 0" in html
    assert "▲ good</span> <span>finding 1" in html
    assert "● note</span> <span>finding 2" in html
    assert "finding 3" not in html
    assert "<dt>Ran</dt><dd>5 Oct 2026 09:30 UTC</dd>" in html
    assert "<dt>Source</dt><dd>demo</dd>" in html


def test_the_index_says_plainly_what_is_not_there_or_old():
    missing = record(failure="it broke", failed_at="2026-10-12T09:30:00+00:00")
    old = record(
        week="2026-W40",
        ran_at="2026-10-05T09:30:00+00:00",
        failure="it broke",
        failed_at="2026-10-12T09:30:00+00:00",
    )
    html = body(pages.index("Weekly", "2026-W40", [missing]))
    assert '✕ Not there: <a href="one.failed.html">it broke</a>' in html
    assert 'href="one.html"' not in html
    html = body(pages.index("Weekly", "2026-W40", [old]))
    assert (
        "✕ This is the run of 5 Oct 2026 09:30 UTC; the run of 12 Oct 2026 09:30 UTC failed: "
        '<a href="one.failed.html">it broke</a>'
    ) in html


def test_no_text_becomes_markup_and_no_page_loads_anything():
    evil = Record(
        "one",
        EVIL,
        week=EVIL,
        source=EVIL,
        ran_at="2026-10-05T09:30:00+00:00",
        findings=(Finding(EVIL, status="bad"),),
        failure=EVIL,
        failed_at="2026-10-05T09:30:00+00:00",
        parameters=(Setting(EVIL, EVIL, [EVIL], EVIL, differs=True),),
    )
    above = pages.trial({EVIL: EVIL})
    failure = pages.failure(
        evil, code=EVIL, traceback=f"\x1b[31m{EVIL}\x1b[0m", log=EVIL, above=above
    )
    for html in (pages.index(EVIL, EVIL, [evil], above), failure):
        assert "<script" not in html
        assert "\x1b" not in html
        assert html.count("&lt;script&gt;") >= 7
        assert foreign_addresses(html) == []
        assert "Content-Security-Policy" in html


def test_the_parameters_that_are_not_the_notebooks_own_stand_out():
    settings = [
        Setting("source", "/home/me/corner", "demo", "a source", differs=True),
        Setting("steps", ["visit", "pay"], [], "events", differs=True),
        Setting("is_open", value=True, default=True, help="whether", differs=False),
    ]
    html = pages.parameters(settings)
    assert "<summary>Parameters (not the notebook&#x27;s own: source, steps)</summary>" in html
    rows = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>.*?</tr>", html)]
    assert [[text for text in row.split("|") if text] for row in rows] == [
        ["Parameter", "Value", "Default"],
        ["source", "a source", "● ", "corner", "demo"],
        ["steps", "events", "● ", "visit,pay", "–"],
        ["is_open", "whether", "true", "true"],
    ]
    assert "(all of them the notebook&#x27;s own)" in pages.parameters(settings[2:])
    assert pages.parameters([]) == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_the_cell_that_runs_and_a_log_one_line_when_it_is_done():
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        progress = Progress(stream)
        progress.start("funnel", 3, 12, "Where do users leave?")
        before = stream.getvalue()
        progress.done()
        progress.done()
        if stream is log:
            assert before == ""
        else:
            assert before == "\r\x1b[Kfunnel   3/12  Where do users leave? …"
    assert log.getvalue() == "funnel   3/12  Where do users leave?  0.0 s\n"
    assert terminal.getvalue().endswith("\r\x1b[Kfunnel   3/12  Where do users leave?  0.0 s\n")
    assert terminal.getvalue().count("\n") == 1
