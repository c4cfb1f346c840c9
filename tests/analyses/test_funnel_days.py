"""A funnel with a step that is known by its day only, among steps known to the second."""

from datetime import date

import pytest

from funnel_tables import events
from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.customers.measures import measures
from workbench.periods import Period

STEPS = ("lead", "call", "won")
MARCH = Period(date(2026, 3, 2), date(2026, 3, 22), "UTC")
END = "23:59:59.999999"  # where an instant stands that is known by its day

LOG = (
    ("ann", "lead", f"03-02 {END}"),
    ("ann", "call", "03-02 09:00"),
    ("ann", "won", "03-02 10:00"),
    ("bob", "lead", f"03-02 {END}"),
    ("bob", "won", "03-02 09:00"),  # before the call, by the clock
    ("bob", "call", "03-02 10:00"),
    ("cid", "call", "03-02 09:00"),  # the day before the lead
    ("cid", "lead", f"03-03 {END}"),
    ("dan", "lead", f"03-02 {END}"),
    ("dan", "call", "03-09 23:00"),  # the seventh day after
    ("dan", "won", "03-09 23:30"),
    ("eve", "lead", f"03-02 {END}"),
    ("eve", "call", "03-10 00:30"),  # the eighth
    ("fay", "lead", f"03-02 {END}"),
    ("end", "other", "03-22 12:00"),
)


def diagnosed(rows=LOG, **options):
    return diagnose(scope_of({"events": events(*rows)}, MARCH), STEPS, **options)


@pytest.mark.parametrize(
    ("sequence", "entry", "users"),
    [
        ("ordered", "best", [6, 3, 2]),
        ("ordered", "first", [6, 3, 2]),
        # Where all events of a user count, those of such a day have no order.
        ("strict_order", "best", [6, 3, 3]),
        ("unordered", "best", [6, 4, 3]),
    ],
)
def test_days_are_compared_where_either_instant_is_known_by_its_day(sequence, entry, users):
    assert diagnosed(sequence=sequence, entry=entry).steps["users"].tolist() == users


def test_the_page_says_what_is_known_by_its_day_and_tells_times_in_days():
    funnel = diagnosed()
    assert any(rule.startswith("Known by the day only: Lead.") for rule in funnel.rules)
    assert funnel.time_to_convert["mean_seconds"].tolist() == [3.5 * 86_400]  # of 0 and 7 days
    assert funnel.time_histogram["to_seconds"].iloc[0] == 86_400
    went = funnel.daily[funnel.daily["step"] == 2].set_index("day")["went_on"]
    assert went.tolist() == [3, 0]


def test_the_weekly_conversion_compares_days_too():
    scope = scope_of({"events": events(*LOG)}, MARCH, steps=STEPS)
    found = measures(scope, ["weekly_conversion"])
    assert found["value"].iloc[0] == pytest.approx(2 / 6)


def test_a_funnel_of_nothing_but_days_is_counted_as_it_was():
    rows = [(who, what, f"{at[:5]} {END}") for who, what, at in LOG]
    funnel = diagnosed(rows)
    assert funnel.steps["users"].tolist() == [6, 3, 3]
    assert not any("day only" in rule for rule in funnel.rules)
