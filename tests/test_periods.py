"""ISO weeks and days in a shop's own zone, over clock changes and turns of the year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.kit import words
from workbench.periods import Period, Week, day_number, last_complete_week, local_day, midnight


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2025-W53", "week == '2025-W53', but 2025 has the weeks W01 to W52"),
        ("2026-W00", "week == '2026-W00', but 2026 has the weeks W01 to W53"),
        ("2026-W54", "week == '2026-W54', but 2026 has the weeks W01 to W53"),
        ("2026-40", "week == '2026-40', must look like 2026-W40"),
        ("2026-W4", "week == '2026-W4', must look like 2026-W40"),
        ("last week", "week == 'last week', must look like 2026-W40"),
        (
            "\uff12\uff10\uff12\uff16-W40",
            "week == '\uff12\uff10\uff12\uff16-W40', must look like 2026-W40",
        ),
    ],
)
def test_what_is_no_iso_week_is_refused_in_one_line(text, message):
    with pytest.raises(ParameterError) as refused:
        Week.parse(text)
    assert str(refused.value) == message


def test_a_week_is_named_after_the_iso_year_not_the_calendar_year():
    assert str(Week.of(date(2027, 1, 3))) == "2026-W53"
    assert str(Week.of(date(2024, 12, 30))) == "2025-W01"
    assert Week.parse("2026-W53").plus(1) == Week.parse("2027-W01")


def test_a_period_of_weeks_begins_on_a_monday_and_ends_before_the_next():
    period = Period.weeks(Week.parse("2026-W40"), 4, "Asia/Shanghai")
    assert (period.first, period.last) == (date(2026, 9, 7), date(2026, 10, 4))
    assert period.start == datetime(2026, 9, 6, 16)
    assert period.end == datetime(2026, 10, 4, 16)
    assert period.previous() == Period(date(2026, 8, 10), date(2026, 9, 6), "Asia/Shanghai")
    assert words.period(period) == "7 Sep – 4 Oct 2026"


def test_the_week_of_a_clock_change_has_an_hour_more_or_less():
    spring = Period.weeks(Week.parse("2026-W13"), 1, "Europe/London")
    autumn = Period.weeks(Week.parse("2026-W43"), 1, "Europe/London")
    assert spring.end - spring.start == timedelta(days=7, hours=-1)
    assert autumn.end - autumn.start == timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("until", "week"),
    [
        (datetime(2026, 10, 4, 12), "2026-W40"),  # Sunday, 20:00 in Shanghai
        (datetime(2026, 10, 3, 12), "2026-W39"),  # Saturday
        (datetime(2026, 10, 3, 16), "2026-W40"),  # Saturday in UTC, Sunday 00:00 in Shanghai
        (datetime(2026, 10, 6, 12), "2026-W40"),  # Tuesday of the next week
    ],
)
def test_a_week_is_complete_once_something_is_known_of_its_sunday(until, week):
    assert str(last_complete_week(until, "Asia/Shanghai")) == week


ZONES = [
    "Asia/Shanghai",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]


@given(
    zone=st.sampled_from(ZONES),
    seconds=st.lists(st.integers(0, 420 * 86_400), min_size=1, max_size=20),
)
def test_the_day_in_the_engine_is_the_day_on_the_shops_clock(zone, seconds):
    period = Period(date(2025, 9, 1), date(2026, 12, 31), zone)
    instants = [period.start + timedelta(seconds=second) for second in seconds]
    table = ibis.memtable({"i": range(len(instants)), "at": instants})
    found = table.mutate(day=local_day(table.at, period)).order_by("i").execute()["day"]
    expected = [one.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for one in instants]
    assert [day.date() if isinstance(day, datetime) else day for day in found] == expected


def test_the_second_of_a_clock_change_falls_on_the_right_side():
    period = Period(date(2026, 10, 1), date(2026, 11, 30), "America/New_York")
    change = datetime(2026, 11, 1, 6)
    days = [
        change + timedelta(hours=h, seconds=s) for h, s in ((-2, -1), (-2, 0), (22, 59), (23, 0))
    ]
    table = ibis.memtable({"i": range(4), "at": days})
    found = table.mutate(day=local_day(table.at, period)).order_by("i").execute()["day"]
    assert [f"{day:%m-%d}" for day in found] == ["10-31", "11-01", "11-01", "11-02"]


def test_midnight_is_told_in_utc():
    assert midnight(date(2026, 7, 1), "Europe/London") == datetime(2026, 6, 30, 23)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 9, 7), date(2026, 10, 4), "7 Sep – 4 Oct 2026"),
        (date(2026, 3, 9), date(2026, 3, 15), "9 – 15 Mar 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 – 3 Jan 2027"),
        (date(2026, 3, 9), date(2026, 3, 9), "9 Mar 2026"),
    ],
)
def test_days_are_said_as_briefly_as_is_clear(first, last, text):
    assert words.period(Period(first, last, "UTC")) == text


def test_days_are_numbered_one_by_one_over_a_clock_change():
    period = Period.weeks(Week.parse("2026-W43"), 1, "Europe/London")  # summer time ends on Sunday
    instants = [
        datetime(2026, 10, 24, 22, 59),
        datetime(2026, 10, 24, 23),
        datetime(2026, 10, 25, 23, 59),
    ]
    table = ibis.memtable({"at": instants})
    found = table.mutate(day=day_number(table.at, period)).order_by("at").execute()["day"]
    assert found.tolist() == [20_750, 20_751, 20_751]
    assert date(1970, 1, 1) + timedelta(days=20_750) == date(2026, 10, 24)
