"""Contents: what live length and plays have to do with sales, recovered and typed by hand."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from funnel_tables import at
from scopes import scope_of
from workbench import demo
from workbench.analyses.contents import _length_sentence, contents
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week
from workbench.stats.curves import best_length, plays_curve
from workbench.stats.interval import columns
from workbench.stats.rates import difference, wilson

MARCH = Period.weeks(Week(2026, 12), 2, "UTC")


@pytest.fixture(scope="module")
def sold(demo_tables, demo_period):
    return contents(scope_of(demo_tables, demo_period), demo.STEPS)


def test_the_planted_live_length_is_the_best_one_and_lies_in_its_interval(sold):
    truth, best = demo.truth(), sold.length
    assert (best.from_minutes, best.to_minutes) == (15, 20)
    assert best.low_minutes <= truth.live_best_from.value
    assert best.high_minutes >= truth.live_best_to.value
    assert best.high_minutes - best.low_minutes <= 10
    assert best.falls_beyond.low <= truth.live_falls_beyond.value <= best.falls_beyond.high
    assert best.falls_beyond.value == 40


def test_the_planted_curve_by_plays_lies_in_its_intervals(sold):
    truth, curve = demo.truth(), sold.curve
    assert curve.flat_from.low <= truth.plays_flat_from.value <= curve.flat_from.high
    assert curve.slope.low <= truth.plays_slope.value <= curve.slope.high
    assert curve.flat_from.high / curve.flat_from.low < 3
    assert curve.slope.high - curve.slope.low < 0.06


def test_lives_sell_better_than_videos_and_those_better_than_notes(sold):
    formats = sold.formats
    assert len(formats) == 9
    by_format = formats.groupby("format")["conversion_rate"]
    assert by_format.min()["live"] > by_format.max()["short_video"]
    assert by_format.min()["short_video"] > by_format.max()["image_text"]


def test_its_headline_is_by_how_much_lives_convert_better_than_notes(sold):
    (one,) = sold.metrics
    assert (one.name, one.unit, one.better) == ("live_over_notes", "points", "up")
    assert one.interval == pytest.approx((0.0471, 0.0430, 0.0511), abs=0.00005)


def test_its_findings_are_asked_for_by_topic(sold):
    assert sold.about("plays")[0].sentence == sold.plays_chart().title
    assert sold.about("length")[0].sentence == sold.length_chart().title
    assert len(sold.findings) == 2


def test_its_charts_are_titled_by_what_they_show(sold):
    charts = [sold.length_chart(), sold.plays_chart(), sold.formats_chart()]
    assert all(isinstance(chart, Chart) for chart in charts)
    assert charts[0].title.startswith("Lives of 15 to 20 minutes sell best: 18.")
    assert charts[1].title.startswith("Each doubling of plays goes with +1.2 points of")
    assert charts[2].title.startswith(
        "Live by PGC (14.4\u202f%) sells surely better than note by OGC"
    )
    for chart in charts:
        chart.figure(phone=True)


def test_a_visit_converts_only_in_its_own_session_and_counts_in_the_class_of_its_content():
    rows = [
        ("a", "visit", at("03-10 10:00"), "c1", "s1"),
        ("a", "buy", at("03-10 10:05"), "c1", "s1"),
        ("b", "visit", at("03-11 10:00"), "c1", "s2"),
        ("b", "visit", at("03-12 10:00"), "c2", "s3"),
        ("b", "buy", at("03-12 10:05"), None, None),
        ("b", "visit", at("03-12 11:00"), None, "s4"),
    ]
    names = ["user_id", "event", "occurred_at", "content_id", "session_id"]
    published = {
        "content_id": ["c1", "c2"],
        "format": ["live", "image_text"],
        "author_kind": ["UGC", "OGC"],
        "duration_minutes": [12.0, None],
        "plays": [100, 20],
    }
    tables = {
        "events": ibis.memtable(pd.DataFrame(rows, columns=names)),
        "contents": ibis.memtable(pd.DataFrame(published)),
    }
    found = contents(scope_of(tables, MARCH), ["visit", "buy"])
    columns = ["from_minutes", "to_minutes", "visits", "conversion_rate"]
    assert found.live_lengths[columns].to_numpy().tolist() == [[10, 15, 2, 0.5]]
    columns = ["format", "author_kind", "visits", "conversion_rate"]
    assert found.formats[columns].to_numpy(dtype=object).tolist() == [
        ["live", "UGC", 2, 0.5],
        ["image_text", "OGC", 1, 0.0],
    ]
    assert found.formats_chart().title.replace("\u202f", " ") == (
        "No kind of content sells surely better than another: from 50.0 % (Live by UGC) down to "
        "0.0 % (note by OGC)."
    )
    assert found.length is None
    assert found.curve is None
    assert isinstance(found.length_chart(), MissingData)
    assert found.metrics[0].interval == difference((1, 2), (0, 1))
    assert found.missing == ()


def test_without_contents_it_says_what_it_would_need(demo_tables):
    found = contents(scope_of({"events": demo_tables["events"]}, MARCH), demo.STEPS)
    needed = (
        "To show how contents sell, this report would need the table contents "
        "(content_id, format, duration_minutes, plays, author_kind)."
    )
    assert found.missing == (needed,)
    assert [(one.sentence, one.status) for one in found.findings] == [(needed, "unknown")]
    assert not found.metrics[0].interval.is_known
    charts = (found.length_chart(), found.formats_chart(), found.plays_chart())
    assert {str(chart) for chart in charts} == {needed}


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        (
            (0.10, 0.20, 0.16),
            "Lives of 10 to 20 minutes sell best: 20.0 % of visits end in an order.",
        ),
        (
            (0.10, 0.20, 0.19),
            "Lives of 10 to 20 minutes sell best: 20.0 % of visits end in an order (the best "
            "length may lie anywhere from 10 to 30).",
        ),
        (
            (0.10, 0.20, 0.10),
            "Lives of 10 to 20 minutes sell best: 20.0 % of visits end in an order. From 20 "
            "minutes on it is less than three quarters of that.",
        ),
        (
            (0.19, 0.20, 0.10),
            "Lives of 10 to 20 minutes sell best: 20.0 % of visits end in an order (the best "
            "length may lie anywhere from 5 to 20). From 20 minutes on it is less than three "
            "quarters of that.",
        ),
    ],
)
def test_the_best_length_is_told_in_one_sentence(rates, sentence):
    rows = [(*ends, 3000, *wilson(round(3000 * rate), 3000))
            for ends, rate in zip(((5, 10), (10, 20), (20, 30)), rates, strict=True)]  # fmt: skip
    names = ["from_minutes", "to_minutes", "visits", *columns("conversion_rate")]
    best = best_length(pd.DataFrame(rows, columns=names))
    assert _length_sentence(best).replace("\u202f", " ") == sentence


def test_lengths_that_cannot_be_told_from_the_best_belong_to_its_interval():
    rows = [(0, 10, 1000, 0.10), (10, 20, 1000, 0.20), (20, 30, 1000, 0.19), (30, 60, 1000, 0.08)]
    lengths = pd.DataFrame(
        rows, columns=["from_minutes", "to_minutes", "visits", "conversion_rate"]
    )
    spread = 0.02
    lengths["conversion_rate_low"] = lengths["conversion_rate"] - spread
    lengths["conversion_rate_high"] = lengths["conversion_rate"] + spread
    best = best_length(lengths)
    assert (best.from_minutes, best.to_minutes) == (10, 20)
    assert (best.low_minutes, best.high_minutes) == (10, 30)
    assert best.falls_beyond.value == best.falls_beyond.high == 30


def test_the_curve_finds_where_plays_stop_to_matter():
    plays = np.geomspace(100, 100_000, 60)
    rate = 0.2 * (1 + 0.1 * np.minimum(0, np.log(plays / 10_000)))
    visits = np.full(60, 100_000)
    pieces = pd.DataFrame({"plays": plays, "visits": visits, "bought": (visits * rate).round()})
    curve = plays_curve(pieces)
    assert curve.flat_from.value == pytest.approx(10_000, rel=0.05)
    assert curve.slope.value == pytest.approx(0.1, abs=0.003)
    assert curve.flat_rate == pytest.approx(0.2, abs=0.001)
    assert curve.at(np.array([10_000, 1e9])).tolist() == pytest.approx([0.2, 0.2], abs=0.002)
