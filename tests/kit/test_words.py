"""Figures as a reader sees them."""

from datetime import timedelta

import pytest

from workbench.kit import words
from workbench.markup import escape

THIN = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (987, "987"),
        (9_999, "9,999"),
        (12_340, f"12.3{THIN}k"),
        (999_949, f"1{THIN}m"),
        (999_950, f"1{THIN}m"),
        (3_412_020, f"3.4{THIN}m"),
        (-25_000, f"−25{THIN}k"),
        (2.5, "2.5"),
        (0.357, "0.36"),
        (-0.02, "−0.02"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_a_number_is_written_short(value, text):
    assert words.short(value) == text


@pytest.mark.parametrize(
    ("chance", "text"),
    [(0.0207, "0.021"), (1, "1.000"), (0.0004, f"<{THIN}0.001"), (0, f"<{THIN}0.001"), (None, "–")],
)
def test_a_p_value_is_never_written_as_nought(chance, text):
    assert words.p_value(chance) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.1234, f"12.3{THIN}%"),
        (0, f"0.0{THIN}%"),
        (1, f"100.0{THIN}%"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_a_rate_is_written_as_a_percentage(rate, text):
    assert words.percent(rate) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.031, "+3.1 points"), (-0.0314, "−3.1 points"), (-0.0001, "+0.0 points"), (None, "–")],
)
def test_a_difference_of_rates_is_told_in_points(difference, text):
    assert words.points(difference) == text


@pytest.mark.parametrize(
    ("amount", "currency", "short", "whole"),
    [
        (341_202_050, "CNY", f"¥3.4{THIN}m", "¥3,412,020.50"),
        (-1_250, "GBP", "−£12", "−£12.50"),
        (1_250, "JPY", "¥1,250", "¥1,250"),
        (1_250, "", "12", "12.50"),
        (495, "CNY", "¥4.95", "¥4.95"),
        (-7, "CNY", "−¥0.07", "−¥0.07"),
        (400, "CNY", "¥4", "¥4.00"),
    ],
)
def test_money_is_counted_in_minor_units_and_told_in_main_ones(amount, currency, short, whole):
    assert words.money(amount, currency) == short
    assert words.money(amount, currency, whole=True) == whole


def test_an_unknown_currency_is_refused():
    with pytest.raises(ValueError, match="unknown currency 'YUAN', must be an ISO 4217 code"):
        words.currency_style("YUAN")


def test_machine_names_become_words():
    assert words.label("step_rate") == "Step rate"
    assert words.label("wechat") == "WeChat"
    assert words.label("小红书") == "小红书"


def test_escape_leaves_no_markup_and_no_invisible_direction():
    hostile = "<img src=x onerror=\"alert('1')\">&\u202egnp\x00 $x$ `y`"
    assert escape(hostile) == (
        "&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt;&amp;\ufffdgnp\ufffd "
        "&#36;x&#36; &#96;y&#96;"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (264, "4.4 min"),
        (720, "12 min"),
        (3600, "1 h"),
        (12_960, "3.6 h"),
        (86_400, "1 day"),
        (216_000, "2.5 days"),
        (604_800, "7 days"),
        (2_592_000, "30 days"),
    ],
)
def test_a_length_of_time_is_said_in_a_persons_unit(seconds, text):
    assert words.duration(seconds) == text
    assert words.duration(timedelta(seconds=seconds)) == text
    assert words.duration(None) == "–"


@pytest.mark.parametrize(
    ("length", "text"),
    [(24, "24 months"), (7.42, "7.4 months"), (1.02, "1 month"), (0, "0 months"), (None, "–")],
)
def test_a_length_in_months_is_said_as_a_person_says_it(length, text):
    assert words.months(length) == text


@pytest.mark.parametrize(("length", "text"), [(1, "1 week"), (4, "4 weeks")])
def test_a_length_in_weeks_is_said_as_a_person_says_it(length, text):
    assert words.weeks(length) == text


def test_a_share_that_is_no_part_is_told_in_words():
    assert [words.share(rate) for rate in (0.0, 0.5, 1.0)] == [
        words.percent(rate) for rate in (0.0, 0.5, 1.0)
    ]
    assert [words.share(rate) for rate in (1.04, -0.02)] == ["more than all", "less than nothing"]
