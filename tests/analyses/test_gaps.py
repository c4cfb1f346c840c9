"""Days without data: named first, and kept out of everything that is compared."""

from datetime import date, datetime, timedelta

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import workbench as wb
from scopes import scope_of
from workbench.periods import Period, Week

MONDAY = datetime(2026, 9, 7)
DAY = timedelta(days=1)


def visits(days, missing=()):
    """Twenty visitors a day; half of them buy three days later, if that day is not missing."""
    rows = []
    for day in days:
        for n in range(20):
            start = MONDAY + day * DAY + timedelta(hours=8, minutes=n)
            rows.append((f"u{day}-{n}", "visit", start))
            if n % 2:
                rows.append((f"u{day}-{n}", "buy", start + 3 * DAY))
    gone = [(MONDAY + day * DAY).date() for day in missing]
    last = (MONDAY + max(days) * DAY).date()
    return [row for row in rows if row[2].date() not in gone and row[2].date() <= last]


def table(rows):
    names = ("user_id", "event", "occurred_at")
    return pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))


@pytest.fixture(scope="module")
def cut():
    """Six weeks of which the third and fourth are missing."""
    rows = visits(range(42), missing=range(14, 28))
    scope = scope_of({"events": ibis.memtable(table(rows))}, Period.weeks(Week(2026, 42), 6, "UTC"))
    return wb.diagnose(scope, ["visit", "buy"])


def test_days_without_events_are_named_first(cut):
    assert cut.findings[0].topic == "gaps"
    assert cut.findings[0].sentence.startswith("No events from 21 Sep to 4 Oct 2026; ")


def test_no_rate_holds_attempts_that_days_without_data_cut_off(cut):
    # Of 7 to 13 Sep and 5 to 11 Oct; those of 14 to 20 Sep had no time, later ones are immature.
    assert cut.steps["users"].tolist() == [280, 140]
    assert cut.leaks.empty
    (told,) = cut.about("comparison")
    assert "days without data" in told.sentence
    complete = cut.weekly[cut.weekly["is_complete"]]
    assert sorted(set(complete["week"])) == ["2026-W37", "2026-W41"]
    days = {f"{day:%m-%d}" for day in cut.daily["day"]}
    assert "09-17" in days
    assert not {"09-18", "09-20", "10-04"} & days  # too near to the gap: three days pass


def open_shop(folder, rows):
    folder.mkdir()
    pq.write_table(table(rows), folder / "events.parquet")
    return wb.connect(str(folder))


def test_one_stray_late_line_makes_no_week_complete(tmp_path):
    rows = visits(range(37))  # up to Tuesday 13 Oct
    stray = ("u0-0", "visit", datetime(2026, 10, 18, 23, 50))
    shop = open_shop(tmp_path / "stray", [*rows, stray])
    scope = shop.scope("latest", 2)
    assert str(scope.week) == "2026-W41"
    found = wb.diagnose(scope, ["visit", "buy"])
    assert found.findings[0].sentence == (
        "Hardly any events from 14 Oct to 18 Oct 2026: 1 in all; usual are about 30 a day. So "
        "2026-W42 is not told yet."
    )
    # Asked for by its name, the week is judged up to Tuesday.
    asked = wb.diagnose(shop.scope("2026-W42", 2), ["visit", "buy"])
    assert asked.leaks.empty
    assert asked.steps["overall_rate"].tolist()[1] == 0.5


def test_stray_lines_weeks_after_the_end_make_no_week_the_latest(tmp_path):
    last = datetime(2026, 10, 18)  # Sunday
    strays = [("u0-0", "visit", last + days * DAY) for days in (12, 30)]
    scope = open_shop(tmp_path / "strays", [*visits(range(42)), *strays]).scope("latest", 2)
    assert str(scope.week) == "2026-W42"
    assert wb.diagnose(scope, ["visit", "buy"]).findings[0].sentence == (
        "Hardly any events from 19 Oct to 17 Nov 2026: 2 in all; usual are about 30 a day. So "
        "2026-W43 is not told yet."
    )


def test_a_stray_line_years_before_the_beginning_is_no_beginning(tmp_path):
    stray = ("u0-0", "visit", datetime(2019, 5, 1, 9))  # no Monday, as the first of the others
    shop = open_shop(tmp_path / "early", [stray, *visits(range(42))])
    scope = shop.scope("latest", 6)
    assert scope.first_day("events") == MONDAY.date()
    assert shop.since == stray[2]
    assert scope.gaps("events") == ()
    found = wb.diagnose(scope, ["visit", "buy"])
    assert "There is no comparison with the period before" in found.about("comparison")[0].sentence


def test_the_last_week_whose_days_are_filled_is_the_latest(tmp_path):
    shop = open_shop(tmp_path / "hole", visits(range(42), missing=(38, 39)))  # Wed, Thu of W42
    assert str(shop.scope("latest", 1).week) == "2026-W41"
    whole = open_shop(tmp_path / "whole", visits(range(42)))
    assert str(whole.scope("latest", 1).week) == "2026-W42"
    assert whole.scope("latest", 1).later == ()


def ordered(missing):
    """Two orders a day of 40 users in turn over a year, but on the missing days of 2026."""
    first = date(2026, 1, 1)
    days = [n for n in range(365) if not missing[0] <= n < missing[1]]
    at = [datetime(2026, 1, 1, 12) + n * DAY for n in days for _ in range(20)]
    users = [f"u{(7 * n + k) % 400}" for n in days for k in range(20)]
    orders = {
        "user_id": users,
        "order_id": [f"o{n}" for n in range(len(at))],
        "ordered_at": at,
        "amount": [100] * len(at),
    }
    period = Period(first + timedelta(days=183), first + timedelta(days=364), "UTC")
    return wb.rank(scope_of({"orders": ibis.memtable(orders)}, period))


def test_a_month_without_orders_is_named_and_nothing_is_compared_over_it():
    tiers = ordered((250, 281))
    assert tiers.findings[0].sentence.startswith("No orders from 8 Sep to 8 Oct 2026; ")
    assert wb.moves(tiers).findings[0].sentence == (
        "Where users moved cannot be told: 31 of the 182 days of 3 Jul – 31 Dec 2026 are without "
        "orders."
    )
    (told,) = wb.backtest(tiers).findings
    assert told.status == "unknown"


def test_a_year_that_lacks_a_few_days_is_told_with_a_word():
    tiers = ordered((0, 4))  # the first order is of 5 January, two days into the 52 weeks
    (span,) = tiers.about("span")
    assert span.sentence.endswith("had two or more; 3 of the 364 days of 52 weeks are missing.")
    moved = wb.moves(tiers)
    assert moved.level_changes["users_before"].sum() > 0
    assert moved.about("span")[0].sentence == (
        "3 of the 182 days of 2 Jan – 2 Jul 2026 are without orders."
    )
