"""Which stretches of time a report compares."""

from datetime import date, datetime, timedelta

from workbench.paths.intakes import intakes
from workbench.periods import TICK, Period, midnight, to_local

NEW_YORK = "America/New_York"


def test_both_periods_end_at_the_same_hour_of_the_shop_though_its_clocks_changed_between():
    period = Period(date(2026, 2, 16), date(2026, 3, 15), NEW_YORK)  # clocks: 8 March
    until = midnight(date(2026, 3, 16), NEW_YORK) - TICK
    found = intakes(period, datetime(2026, 1, 1), until, timedelta(days=1))
    whole = {one.period: one for one in found if not one.week}
    assert to_local(whole["current"].closes, NEW_YORK) == datetime(2026, 3, 15)
    assert to_local(whole["previous"].closes, NEW_YORK) == datetime(2026, 2, 15)
    # The last week lacks its Sunday, and so does the week that it is held against.
    (cut,) = [one for one in found if one.period == "cut"]
    assert to_local(cut.closes, NEW_YORK) == datetime(2026, 2, 15)
