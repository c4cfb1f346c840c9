"""What a funnel says, in sentences and in charts."""

from __future__ import annotations

import re
from dataclasses import astuple
from datetime import timedelta

import pytest

from funnel_tables import at, table
from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.analyses.funnel.segments import segment_name
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week

WEEK_11 = Period.weeks(Week(2026, 11), 1, "UTC")
EDGES = [("x", "other", at("03-01 12:00"), None), ("x", "other", at("03-20 12:00"), None)]
MINUTE = timedelta(minutes=1)


def shop(**counts):
    """A log in which, by platform, so many viewed, ordered and paid, in week 10 and in week 11."""
    rows = list(EDGES)
    for platform, (before, now) in counts.items():
        for day, reached in (("03-03 10:00", before), ("03-10 10:00", now)):
            for step, users in enumerate(reached):
                rows += [
                    (f"{platform}{i}", f"step_{step}", at(day) + step * MINUTE, platform)
                    for i in range(users)
                ]
    return table(rows)


def told(log, *, by="platform", **options):
    scope = scope_of({"events": log}, WEEK_11)
    options = {"window_days": 1} | options
    return diagnose(scope, ["step_0", "step_1", "step_2"], by=by, **options)


CHECKOUT_FAULT = shop(
    douyin=((1000, 800, 600), (1000, 800, 300)), wechat=((1000, 800, 600), (1000, 810, 610))
)


def plain(text):
    """Narrow spaces as plain ones, to type them by hand."""
    return text.replace("\u202f", " ")


def test_the_findings_tell_the_whole_the_leak_and_the_change_that_is_no_chance():
    funnel = told(CHECKOUT_FAULT)
    assert [plain(one.sentence) for one in funnel.findings] == [
        "Of 2,000 users who started with Step 0 (9 – 14 Mar 2026), 45.5 % came as far as Step 2 "
        "within 1 day "
        "(95 % sure: 43.3 % to 47.7 %). That is −14.5 points against 60.0 % before (2 – 7 Mar 2026).",
        "From Step 1 to Step 2, fewer users go on (platform Douyin): 37.5 % in place of 75.0 % "
        "(−37.5 points). At the old rate, about 300 more would have come as far. "
        "That is more than chance would explain, even for the strongest of 6 comparisons.",
        "The largest loss is between Step 1 and Step 2: 700 of 1,610 users (43.5 %).",
    ]
    assert [one.topic for one in funnel.findings] == ["conversion", "change", "loss"]
    assert funnel.about("loss", "conversion") == (funnel.findings[2], funnel.findings[0])
    assert [one.status for one in funnel.findings] == ["bad", "bad", "neutral"]
    assert [one.figure for one in funnel.findings] == [0.455, -0.375, 700]
    assert funnel.findings[1].direction == "down"


def test_a_change_for_the_better_is_good_news():
    log = shop(douyin=((1000, 800, 300), (1000, 800, 600)))
    overall, change, _leak = told(log, by="").findings
    assert (overall.status, change.status) == ("good", "good")
    assert plain(change.sentence).startswith(
        "From Step 1 to Step 2, more users go on: 75.0 % in place of 37.5 % (+37.5 points)."
    )


def test_without_a_change_beyond_chance_none_is_told():
    log = shop(douyin=((100, 80, 60), (100, 78, 55)), wechat=((100, 80, 60), (100, 82, 66)))
    overall, change, _leak = told(log).findings
    assert "about as many as before (60.0\u202f%, 2 – 7 Mar 2026)" in overall.sentence
    assert change.sentence == (
        "No single step changed against the period before by more than chance would explain "
        "(6 comparisons)."
    )
    assert (overall.status, change.status) == ("neutral", "neutral")


def test_a_change_must_hold_against_the_number_of_comparisons():
    # By hand: pooled 265/400, z = 2.6435, p = 0.0082; two comparisons alone, in company
    # twenty and two of the whole.
    one = {"a": ((200, 120, 60), (200, 145, 60))}
    rest = dict.fromkeys("bcdefghij", ((200, 120, 60), (200, 120, 60)))
    alone, many = told(shop(**one)), told(shop(**one, **rest))
    assert alone.segments["p_value"].min() == pytest.approx(0.0082, abs=1e-4)
    assert alone.segments["p_adjusted"].min() == pytest.approx(0.0164, abs=1e-4)
    assert many.segments["p_adjusted"].min() == pytest.approx(0.1804, abs=1e-3)
    assert alone.findings[1].sentence.startswith("From Step 0 to Step 1, more users go on")
    assert many.findings[1].sentence.startswith("No single step changed")


def test_nobody_in_the_period_before_leaves_nothing_to_compare_with():
    findings = told(shop(douyin=((0, 0, 0), (100, 80, 60)))).findings
    assert findings[1].sentence == (
        "Nobody started in the period before, so there is nothing to compare with."
    )


def test_where_nobody_is_lost_no_leak_is_told():
    funnel = told(shop(douyin=((9, 9, 9), (9, 9, 9))))
    assert not any("lost" in one.sentence for one in funnel.findings)
    assert funnel.steps_chart().title == "Everybody came as far as the last step."


def test_who_is_too_young_is_told_apart():
    log = shop(douyin=((1000, 800, 600), (1000, 800, 600)))
    late = [(f"late{i}", "step_0", at("03-14 10:00"), "douyin") for i in range(3)]
    longer = log.union(table(late))
    findings = told(longer, window_days=2).findings
    assert findings[-1].sentence == (
        "3 users started later, up to 15 Mar 2026, and still have time to go on: "
        "these attempts are in no rate above."
    )


def test_each_chart_is_titled_by_its_finding_and_told_in_words():
    funnel = told(CHECKOUT_FAULT)
    charts = [
        funnel.steps_chart(),
        funnel.segments_chart(),
        funnel.trend_chart(),
        funnel.time_chart(),
    ]
    assert [plain(chart.title) for chart in charts] == [
        "The largest loss is between Step 1 and Step 2: 700 of 1,610 users (43.5 %).",
        "On the way to Step 2, Douyin has it hardest: 37.5 % go on, 75.3 % of the others.",
        "The week of 9 Mar stands out: 45.5 % came as far as Step 2, 60.0 % in the other week.",
        "Nine in ten of those who came as far as Step 2 did so within 2 min.",
    ]
    assert [plain(chart.alt) for chart in charts[:3]] == [
        "Users who reached each step: Step 0: 2,000 · 100.0 %; Step 1: 1,610 · 80.5 %; "
        "Step 2: 910 · 45.5 %.",
        "Share of users who go on, by step and platform: Douyin to Step 1: 80.0 %; "
        "WeChat to Step 1: 81.0 %; Douyin to Step 2: 37.5 %; WeChat to Step 2: 75.3 %.",
        "Share of users who came as far as Step 2, by the week in which they started: "
        "2 Mar: 60.0 %; 9 Mar: 45.5 %.",
    ]
    assert charts[3].alt == (
        "Users by the time that they took: up to 1 min: 0; up to 5 min: 910; up to 15 min: 0."
    )


def test_charts_without_a_difference_do_not_claim_one():
    funnel = told(shop(a=((50, 40, 30), (50, 40, 30)), b=((50, 40, 30), (50, 40, 30))))
    assert funnel.segments_chart().title == (
        "No platform has it harder than the others by more than chance would explain."
    )
    assert (
        plain(funnel.trend_chart().title) == "In each of these weeks 60.0 % came as far as Step 2."
    )


def test_a_week_that_is_not_ripe_is_not_drawn_beside_whole_ones():
    log = shop(douyin=((100, 80, 60), (100, 80, 60))).filter(lambda t: t.event != "other")
    young = table([EDGES[0], ("x", "other", at("03-15 12:00"), None)])
    chart = told(log.union(young), window_days=2).trend_chart()
    assert plain(chart.title) == (
        "60.0 % of those who started in the week of 2 Mar came as far as Step 2."
    )
    assert chart.note.endswith("Weeks too young to judge are left out.")


def test_of_values_only_one_that_has_a_name_of_its_own_stands_out():
    alike = dict.fromkeys("abcdefghij", ((0, 0, 0), (300, 200, 150)))
    funnel = told(shop(**alike, zz=((0, 0, 0), (200, 199, 199))))
    assert funnel.segments["segment"].iloc[-1] == "Other"
    assert "Other" not in funnel.segments_chart().title


def test_charts_are_drawn_for_a_desktop_and_a_phone():
    funnel = told(CHECKOUT_FAULT)
    for chart in (
        funnel.steps_chart(),
        funnel.segments_chart(),
        funnel.trend_chart(),
        funnel.time_chart(),
    ):
        assert isinstance(chart, Chart)
        assert chart._repr_html_().count("data:image/") == 2


def test_without_a_column_to_compare_by_there_is_no_chart_of_segments():
    missing = told(CHECKOUT_FAULT, by="").segments_chart()
    assert isinstance(missing, MissingData)
    assert str(missing) == "No column was named by which to compare users."


def test_a_reader_meets_no_raw_name_and_no_long_figure():
    funnel = told(CHECKOUT_FAULT)
    charts = [funnel.steps_chart(), funnel.segments_chart(), funnel.trend_chart()]
    texts = [one.sentence for one in funnel.findings]
    texts += [text for chart in charts for text in astuple(chart) if isinstance(text, str)]
    for text in texts:
        assert not re.search(r"\w_\w|nan|\d\.\d{3}|\d{5}", text), text


def test_a_missing_value_and_the_rest_have_names_and_an_id_stays_as_it_is():
    assert segment_name(None, "platform") == "Unknown"
    assert segment_name("Other", "platform") == "Other"
    assert segment_name("private_domain", "channel") == "Private domain"
    assert segment_name("note_17", "content_id") == "note_17"


def test_the_rules_of_the_count_are_told_with_the_window_and_the_entry():
    rules = " ".join(told(CHECKOUT_FAULT).rules)
    assert "within 1 day of the first, that instant included" in rules
    assert "the one that came furthest" in rules
    assert "first platform that is known of the attempt" in rules
    first = " ".join(told(CHECKOUT_FAULT, by="", entry="first").rules)
    assert "A user counts once, with the first attempt of the period." in first
    assert "is known of the attempt" not in first


def test_a_platform_alone_is_compared_with_none():
    alone = told(shop(douyin=((100, 80, 60), (100, 78, 55)))).segments_chart()
    assert isinstance(alone, MissingData)
    assert str(alone) == "Only Douyin is looked at here: there are no others to compare with."


def test_how_long_a_handful_took_is_not_told():
    few = told(shop(douyin=((100, 80, 19), (100, 78, 19))), by="").time_chart()
    assert isinstance(few, MissingData)
    assert str(few) == "19 users came as far as Step 2: too few to say how long it takes."
