"""What results show: each column has its line in docs/results.md, each word its entry in the catalogue."""

import re

import pytest
from matplotlib.text import Text

import workbench as wb
from workbench.display.reference import attributes, columns
from workbench.errors import MissingData
from workbench.kit.drawing import frame_block
from workbench.kit.language import PSEUDO, using

WEEK = "2026-W40"
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{3,}")
# The shop's own words, and the codes of weeks: no message of ours.
DATA = re.compile(
    r"\bu\d+\b|\b\d{4}-W\d\d\b|\b\d+ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
)
SHOPS_OWN = {("Actions", "actions"), ("Actions", "act_on"), ("Tiers", "thresholds")}


@pytest.fixture(scope="module")
def results():
    """Every result of the four notebooks on the demo, told in the pseudo-language."""
    with using(PSEUDO):
        shop = wb.connect("demo")
        month, half_year = shop.scope(WEEK, 4), shop.scope(WEEK, 26)
        funnel, tiers = wb.diagnose(month, by="platform"), wb.rank(half_year)
        found = [wb.contents(month), wb.invitations(month), wb.habits(month), wb.act(tiers)]
        found += [wb.moves(tiers), wb.backtest(tiers), wb.ltv(half_year, tiers)]
        found += [wb.lifecycle(half_year), wb.cohorts(half_year), wb.super_users(half_year)]
        yield [funnel, tiers, *found, wb.compare(month, funnel)]


def test_every_column_of_every_frame_is_named_in_its_docstring(results):
    assert len(results) == 13
    unnamed = []
    for one in results:
        said = attributes(type(one))
        for name, frame in one.frames().items():
            named = columns(said.get(name, ""))
            ends = [f"{column}{end}" for column in named for end in ("_low", "_high")]
            unnamed += [
                f"{type(one).__name__}.{name}: {column}"
                for column in frame.columns
                if column not in [*named, *ends]
            ]
    assert unnamed == []


def escaped(text):
    """What of a text stands in no brackets, but for data and dates."""
    while text != (text := BRACKETED.sub("", text)):
        pass
    return WORD.findall(DATA.sub("", text))


def test_what_stands_outside_of_the_brackets_is_found():
    assert escaped("⟦Of ⟦Visit⟧ in 7 Sep half⟧ left 2026-W40 u0012") == ["left"]


def texts(result):
    """Every text of a result that a reader may see, by what it is."""
    yield from (("finding", one.sentence) for one in result.findings)
    yield from (("rule", one) for one in (*result.rules, *result.missing))
    for name in result.charts():
        chart = getattr(result, name)()
        if isinstance(chart, MissingData):
            yield name, str(chart)
            continue
        figure = chart.figure()
        figure.draw_without_rendering()  # ticks have no words before
        drawn = [one.get_text() for one in figure.findobj(Text)]
        yield from ((name, one) for one in (chart.title, chart.alt, chart.note, *drawn))
    for name, frame in result.frames().items():
        if len(frame) and (type(result).__name__, name) not in SHOPS_OWN:
            page = frame_block(frame, rows=5).html
            yield from ((name, cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)<", page))


def test_no_word_escapes_the_catalogue(results):
    told = [(type(one).__name__, *pair) for one in results for pair in texts(one)]
    assert len(told) > 800
    assert [pair for pair in told if escaped(pair[2])] == []
