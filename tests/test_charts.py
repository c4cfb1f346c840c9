"""Charts: drawn for two widths, with their finding in words, asking for nothing."""

import base64
import re
from datetime import date, timedelta

import matplotlib as mpl
import pandas as pd
import pytest

from workbench import charts
from workbench.charts.chart import label as chart_label


def funnel(labels=("Visit", "View item", "Purchase"), title="Half of the visitors leave at once"):
    return charts.bars(
        labels,
        [100, 50, 10],
        texts=["100", "50 · 50 %", "10 · 10 %"],
        low=[100, 40, 5],
        high=[100, 60, 15],
        before=[100, 60, 12],
        title=title,
        alt="Of 100 visitors 50 view an item and 10 purchase.",
    )


def every_shape():
    rates = pd.DataFrame(
        {
            "panel": ["View item", "View item", "Purchase", "Purchase"],
            "label": ["Douyin", "WeChat"] * 2,
            "value": [0.5, 0.6, None, 0.2],
            "low": [0.4, 0.5, None, 0.1],
            "high": [0.6, 0.7, None, 0.3],
            "before": [0.55, None, None, None],
        }
    )
    days = pd.DataFrame(
        {
            "when": [date(2026, 9, 1) + timedelta(days=i) for i in range(5)],
            "value": [0.1, 0.2, None, 0.2, 0.1],
            "low": [0.05, 0.1, None, 0.1, 0.05],
            "high": [0.2, 0.3, None, 0.3, 0.2],
        }
    )
    cells = pd.DataFrame(
        {
            "row": ["Douyin", "Douyin", "WeChat"],
            "column": ["to View item", "to Purchase", "to View item"],
            "text": ["50.0 %", "20.0 %", "60.0 %"],
            "weight": [0.1, 0.0, None],
        }
    )
    spans = pd.DataFrame(
        {
            "panel": ["Purchase"],
            "since": [pd.Timestamp("2026-09-02")],
            "until": [pd.Timestamp("2026-09-04")],
            "usual": [0.2],
            "text": ["about 12 users"],
        }
    )
    points = pd.DataFrame(
        {"x": [10, 100], "value": [0.1, 0.2], "low": [0.05, 0.1], "high": [0.2, 0.3]}
    )
    words = {"title": "A finding", "alt": "What it shows"}
    return [
        charts.heat(cells, **words),
        charts.waterfall(
            ["Rate: Douyin", "Other mix"],
            [-0.1, 0.02],
            start=("Before", 0.5),
            end=("Now", 0.42),
            texts=["−10.0 points", "+2.0 points"],
            **words,
        ),
        charts.stretches(days.assign(panel="Purchase"), spans, **words),
        charts.curve(
            points,
            points[["x", "value"]],
            ticks={10: "10", 100: "100"},
            mark=("flat", 50, 100),
            logarithmic=True,
            **words,
        ),
        charts.gains(
            pd.DataFrame(
                {
                    "line": ["best", "best", "own", "own"],
                    "x": [0, 1, 0, 1],
                    "value": [0, 1, 0, 1],
                }
            ),
            highlight="own",
            chance="chance",
            **words,
        ),
        funnel(),
        charts.dots(rates, **words),
        charts.line(days, since=date(2026, 9, 3), **words),
        charts.histogram([0, 60, 3600], [3, 1], ticks={60: "1 min"}, marks={"Median": 30}, **words),
        charts.states(
            pd.DataFrame(
                {
                    "row": ["Security", "Security", "Competition", "Competition"],
                    "when": [date(2026, 9, 7), date(2026, 9, 14)] * 2,
                    "state": ["red", "yellow", "green", "grey"],
                }
            ),
            **words,
        ),
        charts.watched(
            days.assign(usual=0.12, is_open=[False] * 4 + [True]),
            thresholds={"yellow": 0.2, "red": float("nan")},
            since=date(2026, 9, 2),
            **words,
        ),
        charts.crossed(
            pd.DataFrame(
                {
                    "state": ["red", "green"],
                    "often": [100.0, 9.0],
                    "cost": [50.0, 700.0],
                    "often_low": [-5.0, 4.0],
                    "often_high": [200.0, 20.0],
                    "cost_low": [30.0, 600.0],
                    "cost_high": [80.0, 800.0],
                }
            ),
            form=str,
            names=("times a year", "money each"),
            **words,
        ),
    ]


@pytest.mark.parametrize(
    "chart",
    every_shape(),
    ids=[
        "heat",
        "waterfall",
        "stretches",
        "curve",
        "gains",
        "bars",
        "dots",
        "line",
        "histogram",
        "states",
        "watched",
        "crossed",
    ],
)
def test_every_shape_is_one_figure_with_a_picture_for_each_width(chart):
    html = chart._repr_html_()
    assert html.count('<figure class="wb-chart">') == 1
    assert f'alt="{chart.alt}"' in html
    phone, desktop = re.findall(r'(?:srcset|src)="data:image/svg\+xml;base64,([^"]+)"', html)
    widths = [
        re.search(rb'width="([\d.]+)pt"', base64.b64decode(one))[1] for one in (phone, desktop)
    ]
    assert [round(float(width)) for width in widths] == [270, 547]
    assert not re.search(r'(?:src|href)(?:set)?="(?!data:)', html)


def test_a_heat_map_leaves_a_cell_without_a_row_empty():
    (heat,) = every_shape()[:1]
    texts = [text.get_text() for text in heat.figure().axes[0].texts]
    assert sorted(texts) == ["", "20.0 %", "50.0 %", "60.0 %"]


def test_a_phone_may_get_a_coarser_picture_under_the_same_finding():
    fine, coarse = funnel(), funnel(["A", "B", "C"], title="Another")
    both = fine.with_phone(coarse)
    assert (both.title, both.alt) == (fine.title, fine.alt)
    drawn = [
        {text.get_text() for text in both.figure(phone=phone).axes[0].texts}
        for phone in (False, True)
    ]
    assert "A" not in drawn[0]
    assert "A" in drawn[1]
    assert both.height == (fine.height[0], coarse.height[1])


def test_the_same_chart_is_the_same_file():
    assert funnel()._repr_html_() == funnel()._repr_html_()


def test_chinese_is_drawn():
    html = funnel(["访问", "浏览商品", "下单"], title="抖音")._repr_html_()
    assert "抖音" in html


@pytest.mark.parametrize(
    "name", ["直播间🎉", "ร้าน", "한국몰", "\U00030eda", "a\tb", "zero\u200bwidth"]
)
def test_no_name_stops_a_page(name):
    html = funnel(["A", "B", name])._repr_html_()
    lost = [
        one for one in "🎉ร้าน한국몰\U00030eda" if one in name and one in html.split("wb-note")[-1]
    ]
    assert bool(lost) == ("a box stands for what cannot be drawn there" in html)
    assert bool(lost) == (name not in ("a\tb", "zero\u200bwidth"))


def test_a_long_label_ends_in_an_ellipsis():
    name = "A platform whose name goes on and on until nobody can read it any more"
    axes = funnel(["A", "B", name]).figure().axes[0]
    assert [one.get_text() for one in axes.get_yticklabels()][
        2
    ] == "A platform whose name goes on and on un…"
    assert chart_label("抖音" * 20) == "抖音" * 9 + "抖…"
    assert chart_label("two\nlines") == "two lines"


def test_texts_of_a_chart_are_escaped():
    html = funnel(title="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_dollar_signs_are_no_formula():
    funnel(["$a_", "$", "$\\frac$"])._repr_html_()


def test_a_figure_without_pyplot_leaves_the_callers_settings_alone():
    before = dict(mpl.rcParams)
    funnel().figure()
    assert dict(mpl.rcParams) == before
