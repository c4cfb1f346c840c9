"""Tiles: a figure at arm's length, what it was before, its weeks, its goal."""

import math
import re
from types import SimpleNamespace

import pytest

from workbench.kit.aims import Goal
from workbench.kit.goals import note
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric, plain
from workbench.kit.showing import show
from workbench.kit.tiles import Tile, tiles_block
from workbench.periods import Period, Week
from workbench.stats.interval import UNKNOWN, Interval

PERIOD = Period.weeks(Week.parse("2026-W10"), 4, "Asia/Shanghai")


def shop(**goals):
    return SimpleNamespace(goals=goals, period=PERIOD, currency="CNY")


def test_a_tile_says_its_figure_and_what_stands_under_it_and_escapes_all_of_it():
    tile = Tile("Paid <b>", "18.6 %", ("20.4 % before", "", "Goal 28 %: missed"), "bad")
    block = show((tile,))
    assert block.text == "Paid <b>: 18.6 %; 20.4 % before; Goal 28 %: missed"
    assert "Paid &lt;b&gt;" in block.html
    assert "<b>" not in block.html
    assert "▼ bad" in block.html
    assert "<svg" not in block.html


def test_the_line_of_the_weeks_begins_at_nought_and_is_broken_where_a_week_is_not_known():
    course = (0.1, 0.2, math.nan, 0.2, 0.0)
    html = tiles_block(
        [Tile("A", "0.0 %", course=course, weeks=("10 %", "20 %", "–", "20 %", "0 %"))]
    ).html
    lines = re.findall(r'points="([^"]+)"', html)
    assert lines == ["3.0,14.0 31.5,3.0", "88.5,3.0 117.0,25.0"]
    assert 'cx="117.0" cy="25.0"' in html
    assert 'aria-label="Week by week: 10 %, 20 %, –, 20 %' in html


def test_two_weeks_are_no_line_and_no_tiles_are_nothing():
    assert "<svg" not in tiles_block([Tile("A", "1", course=(1.0, 2.0, math.nan))]).html
    assert show(()).html == tiles_block(()).html == ""


@pytest.mark.parametrize(
    ("goal", "interval", "said"),
    [
        (Goal(0.28), Interval(0.186, 0.179, 0.193), "Goal 28.0\u202f%: missed"),
        (Goal(0.15), Interval(0.186, 0.179, 0.193), "Goal 15.0\u202f%: reached"),
        (Goal(0.19), Interval(0.186, 0.179, 0.193), "Goal 19.0\u202f%: within doubt"),
        (Goal(0.28, by=PERIOD.last.replace(year=2027)), Interval(0.1, 0.09, 0.11), "Goal 28.0\u202f% by 8 Mar 2027"),
        (Goal(0.1, "down"), Interval(0.186, 0.179, 0.193), "Goal at most 10.0\u202f%: missed"),
        (Goal(0.28), UNKNOWN, ""),
    ],
)  # fmt: skip
def test_a_goal_is_told_as_far_as_the_figure_is_sure(goal, interval, said):
    assert note(shop(conversion=goal), Metric("conversion", interval, "rate")) == said


def test_what_is_not_known_has_no_tile_and_each_unit_is_written_its_own_way():
    metrics = [
        Metric("conversion", UNKNOWN, "rate"),
        Metric("revenue_amount", plain(420_000_000), "amount"),
        Metric("first_response_hours", Interval(4.1, 3.9, 4.3), "hours"),
        Metric("red_indicators", plain(2), "count"),
    ]
    notes = {"conversion": ["not shown"], "red_indicators": ["of 31"], "revenue_amount": [], "first_response_hours": []}  # fmt: skip
    found = list(headlines(shop(), metrics, notes, ["red_indicators"]))
    assert [(one.label, one.figure, one.notes, one.status) for one in found] == [
        ("Indicators that are red", "2", ("of 31", ""), "bad"),
        ("Revenue", "¥4.2\u202fm", ("",), "neutral"),
        ("First response to a complaint, median", "4.1 h", ("",), "neutral"),
    ]
