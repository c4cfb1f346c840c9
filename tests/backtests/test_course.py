"""Where a shop's history is cut, by hand; nothing learned for a test is known only after it."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from scopes import scope_of
from workbench.backtests.course import course
from workbench.errors import SourceError
from workbench.periods import Period

LAST = date(2026, 6, 28)


def shop(days, users=40):
    """Users who buy every tenth to thirtieth day over so many days."""
    chance, rows = np.random.default_rng(4), []
    start = datetime(2026, 6, 28, 12) - timedelta(days=days - 1)
    for user in range(users):
        at = float(chance.integers(0, 10)) if user else 0.0
        while at < days - 1:
            rows.append((f"u{user:02}", start + timedelta(days=at)))
            at += chance.uniform(10, 30)
    orders = pd.DataFrame(rows, columns=["user_id", "ordered_at"])
    orders = orders.assign(amount=1000, order_id=[f"o{row}" for row in range(len(orders))])
    period = Period(LAST - timedelta(days=6), LAST, "UTC")
    return scope_of({"orders": ibis.memtable(orders)}, period)


@pytest.fixture(scope="module")
def looked_at():
    return shop(240)


def test_cut_offs_stand_a_horizon_apart_where_the_history_allows_it(looked_at):
    found = course(looked_at, 30)
    assert (found.horizon_days, found.label_days, found.step_days) == (30, 30, 30)
    assert found.tested == (date(2026, 5, 29), date(2026, 4, 29), date(2026, 3, 30))
    assert found.learned(found.tested[0]) == [
        date(2026, 4, 29), date(2026, 3, 30),
    ]  # fmt: skip


def test_of_a_longer_horizon_only_a_quarter_of_the_history_is_learned(looked_at):
    found = course(looked_at, 365)
    assert (found.horizon_days, found.label_days) == (365, 60)
    assert found.step_days == 26  # (240 − 40 − 2 · 60) / 3


def test_the_horizon_is_learned_from_pauses_in_whole_weeks(looked_at):
    found = course(looked_at)
    assert found.is_learned
    assert 25 <= found.pause_days <= 31  # pauses are even between 10 and 30 days
    assert found.horizon_days == 28


def test_what_is_learned_for_a_test_was_closed_by_its_day(looked_at):
    found = course(looked_at, 30)
    for fold, cut_off in zip(found.folds(looked_at), found.tested, strict=True):
        assert all(day + timedelta(days=30) <= cut_off for day in found.learned(cut_off))
        assert len(fold.rows) == len(fold.happened) > len(fold.tested_rows)
        assert fold.tested_happened.mean() == 0  # nobody pauses for longer


def test_a_history_of_under_four_weeks_is_refused_in_one_line():
    with pytest.raises(SourceError, match="it takes 28 days of purchases, and 20 are known"):
        course(shop(20))
