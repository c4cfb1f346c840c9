"""Ranking users: by which thresholds, from which orders, and what that says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from workbench.analyses.tiers.alike import alike
from workbench.analyses.tiers.tiers import Tiers, core_sentence
from workbench.customers.days import NEEDS
from workbench.customers.few import few_cells, tells_core, without
from workbench.customers.forecast import LTV_DAYS, Forecast, forecast
from workbench.customers.measures import MEASURES, metric
from workbench.customers.rfm import measure, others_amount
from workbench.customers.scale import parted, told
from workbench.customers.thresholds import Published, Thresholds, learn, parse, reused
from workbench.customers.tiering import by_cell, reconciled, summary, tiered
from workbench.errors import MissingData, MissingDays, ParameterError
from workbench.kit import gaps
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.levels import CLASSES, Levels
from workbench.kit.metrics import Metric, plain
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.stats.disclosure import is_small
from workbench.stats.interval import FEWEST, UNKNOWN
from workbench.stats.rates import wilson

USES = {"orders": ("status", "refunded_amount", "refunded_at", "platform")}

_HORIZONS = (7, 365)


def rank(
    scope: Scope,
    *,
    thresholds: str | Thresholds = "learn",
    earlier: Published | None = None,
    horizon_days: int = 90,
    discount_rate: float = 0.1,
    levels: Levels | None = None,
) -> Tiers:
    """Return the tiers of the users with a purchase in a period.

    Args:
        scope: Orders of its period count, and what of them was given back by its end; the forecast
            rests on all orders up to then.
        thresholds: `learn` them from these users; `reuse` those of `earlier`, if they hold for the
            same source, platform and length of period (else they are learned, and a finding says
            so); or given, spelled out such as `{recency_days: [60, 14], frequency: [2, 4],
            monetary: [10000, 50000]}`, in minor units.
        earlier: What an earlier report made, as `wb.published` returns it.
        horizon_days: How far the forecast looks, 7..365.
        discount_rate: A year's, 0..1, for `ltv_amount`.
        levels: Which scores make which level; by default the shop's.

    Raises:
        MissingData: If the source has no orders with users, or none in the period.
        ParameterError: If `thresholds` is none of these, no order is of the platform, or a number
            is out of its bounds.
    """
    if levels is not None:
        scope = replace(scope, settings=scope.settings.but(levels=levels))
    _check(scope, horizon_days, discount_rate)
    if measure(scope).empty:
        raise MissingDays(_nobody(scope))
    if is_small(len(measure(scope)), scope.fewest):
        too_few = message("fewer than {least:count} users bought here, too few to tell of them")
        raise MissingData(say(too_few, least=scope.fewest))
    of: dict[str, str | int] = {
        "source": scope.source,
        "platform": scope.platform,
        "base_weeks": len(scope.period.days) // 7,
    }
    cuts = _thresholds(scope, thresholds, earlier, of)
    ahead = forecast(scope, horizon_days=horizon_days, discount_rate=discount_rate)
    expected = ahead.users.drop(columns="repeat_count")
    users = tiered(scope, cuts).merge(expected, on="user_id", how="left")
    per_level = summary(users, scope.levels)
    headline = _metrics(scope, per_level)
    found = Tiers(
        scope=scope,
        users=users,
        levels=per_level,
        cells=by_cell(users, scope.levels),
        thresholds=cuts.frame().assign(**of),
        account=reconciled(scope, users),
        cuts=cuts,
        horizon_days=horizon_days,
        discount_rate=discount_rate,
        findings=(
            *gaps.told(scope, "orders", _unknown_days(scope)),
            *alike(users, scope),
            *_told(scope, per_level, cuts, thresholds, horizon_days),
            *_ahead(ahead),
        ),
        metrics=headline,
        tiles=tuple(headlines(scope, headline, _notes(scope, headline))),
        rules=tuple(_rules(scope, cuts, horizon_days, discount_rate, _since(scope))),
        missing=tuple(filter(None, (ahead.missing, _undated(scope)))),
    )
    few, few_of_levels = few_cells(per_level, found.cells, scope.min_group)
    if not few.any():
        return found
    return replace(
        found,
        levels=without(per_level, few_of_levels),
        cells=without(found.cells, few),
        owners=lambda: found,
    )


def _check(scope: Scope, horizon_days: int, discount_rate: float) -> None:
    missing = scope.missing(NEEDS, say("who the users are"))
    if missing:
        raise MissingData(missing)
    scope.check_platform("orders")
    for name, value, (low, high) in (
        ("horizon_days", horizon_days, _HORIZONS),
        ("discount_rate", discount_rate, (0, 1)),
    ):
        if not low <= value <= high:
            raise ParameterError(f"{name} == {value}, must be in {low}..{high}")


def _nobody(scope: Scope) -> str:
    orders = scope.tables.on(scope.platform).orders
    if not frame(orders.filter(orders["user_id"].notnull()).limit(1)).empty:  # noqa: PD004 - Ibis
        return say("nobody ordered in {period:period}", period=scope.period)
    return say(
        "no order names its user, so there are no users to tier in {period:period}",
        period=scope.period,
    )


def _thresholds(
    scope: Scope,
    asked: str | Thresholds,
    earlier: Published | None,
    of: dict[str, str | int],
) -> Thresholds:
    if isinstance(asked, Thresholds):
        return asked
    week = str(scope.week)
    if asked not in ("learn", "reuse"):
        return parse(asked, week)
    lent = reused(earlier, **of) if asked == "reuse" and not scope.filters else None
    return lent or learn(measure(scope), week)


def _since(scope: Scope) -> str:
    """That the orders begin within the period, in a sentence."""
    first = scope.first_day("orders")
    if first is None or first <= scope.period.first:
        return ""
    return say_n(
        "The levels rest on {n:count} day of {period:period}.",
        "The levels rest on {n:count} days of {period:period}.",
        (scope.period.last - first).days + 1,
        period=scope.period,
    )


def _unknown_days(scope: Scope) -> str:
    """What days without orders do to the levels."""
    period = scope.period
    if any(gap.touches(period.first, period.last) for gap in scope.gaps("orders")):
        return say("Recency and frequency do not know these days.")
    return say(
        "They lie before the days that the levels rest on: where users moved from does not know them."
    )


def _young(scope: Scope, horizon_days: int) -> Iterator[Finding]:
    """What orders that begin within the period, or the one before, cannot tell yet, and when on."""
    first, length = scope.first_day("orders"), len(scope.period.days)
    needs = {
        say("where users moved"): 2 * length,
        say("whether the levels foretell revenue"): length + horizon_days,
    }
    if first is None:
        return
    late = (first - scope.previous().period.first).days
    if not gaps.too_many(late, scope.period):
        return
    last = scope.period.last
    waiting = [
        say("{what} (from {day:day} on)", what=what, day=day)
        for what, days in needs.items()
        if (day := first + timedelta(days=days - 1)) > last
    ]
    text = say(
        "There are orders only since {first:day}, {days:count} days. They cannot tell yet: {waiting}.",
        first=first,
        days=(last - first).days + 1,
        waiting="; ".join(waiting),
    )
    yield Finding.about("span", together(text, _since(scope)), status="unknown")


def _short_year(scope: Scope) -> Iterator[Finding]:
    """The repurchase rate of a year of which a few days are missing."""
    year, rate = scope.over(52), metric("repurchase_rate", scope).interval
    missing, since = year.missing_days("orders"), scope.first_day("orders")
    if not rate.is_known or not missing or since is None:
        return
    row = MEASURES["repurchase_rate"].sums(scope)
    text = say_n(
        "Of {users:count} users with a purchase in {days:period}, {again:count} ({rate:percent}) had "
        "two or more; {n:count} of the {all:count} days of 52 weeks is missing.",
        "Of {users:count} users with a purchase in {days:period}, {again:count} ({rate:percent}) had "
        "two or more; {n:count} of the {all:count} days of 52 weeks are missing.",
        missing,
        users=row["users"],
        days=replace(year.period, first=max(year.period.first, since)),
        again=row["again"],
        rate=rate.value,
        all=len(year.period.days),
    )
    yield Finding.about("span", text, rate)


def _undated(scope: Scope) -> str:
    """What a source lacks that tells of refunds or cancellations and not when they were made."""
    if not {"status", "refunded_amount"} & set(scope.tables.orders.columns):
        return ""
    what = say("the past as it was known then, without the refunds and cancellations of later days")
    return scope.missing({"orders": ("refunded_at",)}, what)


def _metrics(scope: Scope, levels: pd.DataFrame) -> tuple[Metric, ...]:
    core = levels[levels["class"] == CLASSES[0]]
    users, core_users = int(levels["users"].sum()), int(core["users"].sum())
    worth, share = plain(core["revenue_rate"].sum(skipna=False)), wilson(core_users, users)
    expected = plain(levels["expected_amount"].astype("float64").sum(min_count=1))
    no_share = say("the period has no revenue to share")
    no_forecast = say("what these users will buy cannot be forecast")
    if not tells_core(levels, scope.min_group):
        worth = share = UNKNOWN
        no_share = say("fewer than {least:count} users are core, or are not", least=scope.min_group)
    return (
        Metric("users", plain(users), "count"),
        Metric("revenue_amount", plain(levels["revenue_amount"].sum()), "amount"),
        Metric("core_users_rate", share, "rate", "", no_share),
        Metric("core_revenue_rate", worth, "rate", "", no_share),
        Metric("expected_amount", expected, "amount", why=no_forecast),
        metric("repurchase_rate", scope),
    )


def _notes(scope: Scope, metrics: Sequence[Metric]) -> dict[str, Sequence[str]]:
    """What is read at arm's length, and what stands under it."""
    named = {one.name: one.interval for one in metrics}
    users, share = named["users"], named["core_users_rate"]
    from_all = say_n("from {n:count} user", "from {n:count} users", round(users.value))
    of_all = [say("{rate:percent} of the users", rate=share.value)]
    year = "" if scope.over(52).missing_days("orders") else say("in 52 weeks")
    return {
        "revenue_amount": [from_all],
        **({"core_revenue_rate": of_all} if share.value > 0 else {}),  # nobody brings nothing
        "repurchase_rate": [year],
    }


def _told(
    scope: Scope,
    levels: pd.DataFrame,
    cuts: Thresholds,
    asked: str | Thresholds,
    horizon_days: int,
) -> Iterator[Finding]:
    """The findings in the order in which a reader wants them."""
    if tells_core(levels, scope.min_group):
        worth = levels.loc[levels["class"] == CLASSES[0], "revenue_rate"].sum(skipna=False)
        yield Finding.about("core", core_sentence(levels, scope), plain(worth))
    else:
        few = say(
            "What the core users bring is not told: fewer than {least:count} users are core, or "
            "are not.",
            least=scope.min_group,
        )
        yield Finding.about("core", few, status="unknown")
    yield from told(cuts, is_reuse_asked=asked == "reuse")
    yield from _young(scope, horizon_days)
    yield from _short_year(scope)


def _ahead(ahead: Forecast) -> Iterator[Finding]:
    """What speaks against a forecast."""
    users = ahead.users
    if len(users) >= FEWEST and not users["repeat_count"].any():
        nobody = say(
            "Nobody comes back here: none of the {users:count} users has bought on a second day.",
            users=len(users),
        )
        yield Finding.about("forecast", nobody, plain(len(users)))
    if ahead.doubt:
        yield Finding.about("forecast", ahead.doubt, status="unknown")


def _rules(
    scope: Scope, cuts: Thresholds, horizon_days: int, discount_rate: float, since: str
) -> Iterator[str]:
    if scope.platform:
        yield say(
            "Only the orders on {platform:label} count, here and in all that follows.",
            platform=scope.platform,
        )
    yield say(
        "Levels rest on the orders of {period:period}. An order that was cancelled or given back in "
        "full by then is none, and money is net of what was given back by then.",
        period=scope.period,
    )
    if since:
        yield since
    yield say(
        "Recency (R) is the days of the shop since the last order, frequency (F) the orders, money "
        "(M) what they came to. Each scores 1 to 3, and equal values share a score."
    )
    yield parted(cuts)
    yield say(
        "The 27 cells of scores make nine levels by the shop's own table; a level never falls when a "
        "score rises."
    )
    yield say(
        "Forecasts come from the BG/NBD and Gamma-Gamma models, fitted to all orders up to the "
        "period's end (those of one day count as one): what is expected within {horizon:count} "
        "days, and the worth of the next {year:count} days at a discount of {rate:whole_percent} a "
        "year. Users are never ranked by the probability of being alive, which is 1 for everybody "
        "who ordered once.",
        horizon=horizon_days,
        year=LTV_DAYS,
        rate=discount_rate,
    )
    if back := -others_amount(scope):
        yield say(
            "{amount:whole_money} were given back in the period to users without an order in it, "
            "who are on no level.",
            amount=back,
            currency=scope.currency,
        )
