"""Who are our users? Every user of a period scored by R, F and M, and set on one of nine levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import nan
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd

from workbench.charts import Chart, bars, heat
from workbench.customers.days import NEEDS
from workbench.customers.forecast import LTV_DAYS, Forecast, forecast
from workbench.customers.purchases import purchases
from workbench.customers.rfm import measure, others_amount
from workbench.customers.scale import parted, scale, told
from workbench.customers.thresholds import Published, Thresholds, learn, parse, reused
from workbench.customers.tiering import by_cell, reconciled, summary, tiered
from workbench.errors import MissingData, ParameterError
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.levels import CLASSES, Levels
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

USES = {"orders": ("status", "refunded_amount", "refunded_at", "platform")}

_HORIZONS = (7, 365)
_YEAR = 52  # weeks


@dataclass(frozen=True)
class Tiers(Result):
    """Who the users of a period are, by what they ordered in it.

    Attributes:
        scope: What was looked at; `scope.levels` are the levels in use.
        users: A row a user with a purchase in the period: `user_id`, `recency_days`, `frequency`,
            `monetary` (minor units, net of refunds), the scores `r`, `f` and `m` of 1..3 (3 is
            best), `class`, `level` and `rank` (9 is the highest level); what `Forecast.users`
            tells: `expected_orders`, `order_probability`, `expected_amount`, `ltv_amount`.
        levels: A row a level, the highest first: `class`, `level`, `users`, `users_rate` (their
            share), `revenue_amount` (minor units, net), `revenue_rate` (null where no revenue is
            left to share), the medians `recency_days`, `frequency` and `monetary` (null without
            users), and `expected_amount`, what they are expected to spend within the horizon.
        cells: A row for each of the 27 cells of scores, the best first: `r`, `f`, `m`, `class`,
            `level`, `users`, `users_rate`, `revenue_amount`, `revenue_rate`.
        thresholds: `measure`, `score_2`, `score_3` (recency: at most so many days; else: at
            least), `origin` (learned, reused or given), since which week: `learned_in` or `given_in`
            (the other is null), and what they hold for: `source`, `platform`, `base_weeks`.
        account: Where every order and all money of the source are, see `purchases.account`; the
            tiers are found to be in it to the minor unit.
        cuts: The thresholds, to tier another period alike.
        horizon_days: How far the forecast looks.
        discount_rate: A year's, for `ltv_amount`.
        findings: What that says, in sentences.
        metrics: `users`, `revenue_amount`, `core_users_rate`, `core_revenue_rate`,
            `expected_amount`, `repurchase_rate` (of who bought in the 52 weeks that end with the
            period, the share who did so twice or more; a goal may be set for it).
        rules: How it was counted, in sentences.
        missing: Why nothing could be forecast, and what cannot be told without the instants of
            refunds.
    """

    TOPICS: ClassVar = ("core", "thresholds", "span", "forecast")
    scope: Scope
    users: pd.DataFrame
    levels: pd.DataFrame
    cells: pd.DataFrame
    thresholds: pd.DataFrame
    account: pd.DataFrame
    cuts: Thresholds
    horizon_days: int
    discount_rate: float
    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]
    rules: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def scale(self) -> pd.DataFrame:
        """The thresholds in words, as `thresholds.scale` returns them."""
        return scale(self.cuts, self.scope.currency)

    def levels_chart(self) -> Chart:
        """Return each level's share of the revenue, with its share of the users as a stroke."""
        rows = self.levels
        names = [
            say("{level:label} ({kind:lower})", level=level, kind=kind)
            for level, kind in zip(rows["level"], rows["class"], strict=True)
        ]
        texts = [
            say("{worth:percent} · {users:short} users", worth=worth, users=users)
            for worth, users in zip(rows["revenue_rate"], rows["users"], strict=True)
        ]
        listed = "; ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))
        return bars(
            names,
            [max(float(worth), 0.0) for worth in rows["revenue_rate"].fillna(0)],
            texts=texts,
            title=_core_sentence(rows, self.scope),
            alt=say("Share of the revenue by level: {rows}.", rows=listed),
            before=list(rows["users_rate"]),
            note=say("Bar: share of the revenue. Grey stroke: share of the users."),
        )

    def cells_chart(self) -> Chart:
        """Return the 27 cells, shaded by their users, each with its level."""
        cells = cast("list[dict[str, Any]]", self.cells.to_dict("records"))
        rows = pd.DataFrame(
            {
                "row": [say("R {r} · F {f}", **cell) for cell in cells],
                "column": [say("M {m}", **cell) for cell in cells],
                "text": [say("{level:label}\n{users:short}", **cell) for cell in cells],
                "weight": self.cells["users"],
            }
        )
        title = (
            message(
                "On {platform:label}, the largest cell is R {r}, F {f}, M {m} ({level:lower}): "
                "{users_rate:percent} of the users."
            )
            if self.scope.platform
            else message(
                "The largest cell is R {r}, F {f}, M {m} ({level:lower}): {users_rate:percent} of "
                "the users."
            )
        )
        top = cells[int(np.argmax(self.cells["users"]))]
        listed = "; ".join(
            say("R {r} F {f} M {m}: {level} {users:count}", **cell) for cell in cells
        )
        return heat(
            rows,
            title=say(title, platform=self.scope.platform, **top),
            alt=say("Users by cell: {rows}.", rows=listed),
            note=say(
                "Scores of recency (R), frequency (F) and money (M), 3 is best. In each cell its "
                "level and its users; the darker, the more users."
            ),
        )


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
        raise MissingData(_nobody(scope))
    of: dict[str, str | int] = {
        "source": scope.source,
        "platform": scope.platform,
        "base_weeks": len(scope.period.days) // 7,
    }
    cuts = _thresholds(scope, thresholds, earlier, of)
    ahead = forecast(scope, horizon_days=horizon_days, discount_rate=discount_rate)
    expected = ahead.users.drop(columns="repeat_count")
    users = tiered(scope, cuts).merge(expected, on="user_id", how="left")
    per_level, since = summary(users, scope.levels), _since(scope)
    return Tiers(
        scope=scope,
        users=users,
        levels=per_level,
        cells=by_cell(users, scope.levels),
        thresholds=cuts.frame().assign(**of),
        account=reconciled(scope, users),
        cuts=cuts,
        horizon_days=horizon_days,
        discount_rate=discount_rate,
        findings=tuple(_told(scope, per_level, cuts, thresholds, since, ahead)),
        metrics=_metrics(scope, per_level),
        rules=tuple(_rules(scope, cuts, horizon_days, discount_rate, since)),
        missing=tuple(filter(None, (ahead.missing, _undated(scope)))),
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
        "There are orders only since {first:day}: the levels rest on {n:count} day of "
        "{period:period}.",
        "There are orders only since {first:day}: the levels rest on {n:count} days of "
        "{period:period}.",
        (scope.period.last - first).days + 1,
        first=first,
        period=scope.period,
    )


def _undated(scope: Scope) -> str:
    """What a source lacks that tells of refunds or cancellations and not when they were made."""
    if not {"status", "refunded_amount"} & set(scope.tables.orders.columns):
        return ""
    what = say("the past as it was known then, without the refunds and cancellations of later days")
    return scope.missing({"orders": ("refunded_at",)}, what)


def _metrics(scope: Scope, levels: pd.DataFrame) -> tuple[Metric, ...]:
    core = levels[levels["class"] == CLASSES[0]]
    users, core_users = int(levels["users"].sum()), int(core["users"].sum())
    worth = _plain(core["revenue_rate"].sum(skipna=False))
    expected = _plain(levels["expected_amount"].astype("float64").sum(min_count=1))
    again = _repurchase_rate(scope)
    no_share = say("the period has no revenue to share")
    no_forecast = say("what these users will buy cannot be forecast")
    too_short = say("the orders do not reach back over these 52 weeks")
    return (
        Metric("users", _plain(users), "count"),
        Metric("revenue_amount", _plain(levels["revenue_amount"].sum()), "amount"),
        Metric("core_users_rate", wilson(core_users, users), "rate", ""),
        Metric("core_revenue_rate", worth, "rate", "", "" if worth.is_known else no_share),
        Metric("expected_amount", expected, "amount", why="" if expected.is_known else no_forecast),
        Metric("repurchase_rate", again, "rate", why="" if again.is_known else too_short),
    )


def _plain(value: float) -> Interval:
    """A figure of which nothing is in doubt."""
    return Interval(float(value), nan, nan)


def _repurchase_rate(scope: Scope) -> Interval:
    """Of a year's buyers the share who bought twice or more in it; NaN if orders begin within it."""
    year = scope.over(_YEAR)
    first = scope.first_day("orders")
    if first is None or first > year.period.first:
        return UNKNOWN
    bought = purchases(year)
    recent = bought.filter(bought.ordered_at >= year.start)
    each = recent.group_by("user_id").agg(orders=recent.count())
    counted = each.agg(again=(each.orders > 1).sum(), users=each.count())
    row = frame(counted).fillna(0).iloc[0]
    return wilson(int(row["again"]), int(row["users"]))


def _told(
    scope: Scope,
    levels: pd.DataFrame,
    cuts: Thresholds,
    asked: str | Thresholds,
    since: str,
    ahead: Forecast,
) -> Iterator[Finding]:
    """The findings in the order in which a reader wants them."""
    worth = levels.loc[levels["class"] == CLASSES[0], "revenue_rate"].sum(skipna=False)
    yield Finding.about("core", _core_sentence(levels, scope), _plain(worth))
    yield from told(cuts, is_reuse_asked=asked == "reuse")
    if since:
        yield Finding.about("span", since, status="unknown")
    if ahead.doubt:
        yield Finding.about("forecast", ahead.doubt, status="unknown")


def _core_sentence(levels: pd.DataFrame, scope: Scope) -> str:
    """What the core class brings."""
    core = levels[levels["class"] == CLASSES[0]]
    users = int(core["users"].sum())
    values = {
        "platform": scope.platform,
        "share": float(core["users_rate"].sum()),
        "worth": float(core["revenue_rate"].sum()),
        "amount": int(core["revenue_amount"].sum()),
        "currency": scope.currency,
    }
    if levels["revenue_rate"].isna().all():
        sentence = (
            message(
                "On {platform:label}, {users:count} of the users, {share:percent}, are core; the "
                "period has no revenue to share."
            )
            if scope.platform
            else message(
                "{users:count} of the users, {share:percent}, are core; the period has no revenue "
                "to share."
            )
        )
        return say(sentence, users=users, **values)
    if scope.platform:
        return say_n(
            "On {platform:label}, {n:count} core user, {share:percent} of all, brings "
            "{worth:percent} of the revenue ({amount:money}).",
            "On {platform:label}, {n:count} core users, {share:percent} of all, bring "
            "{worth:percent} of the revenue ({amount:money}).",
            users,
            **values,
        )
    return say_n(
        "{n:count} core user, {share:percent} of all, brings {worth:percent} of the revenue "
        "({amount:money}).",
        "{n:count} core users, {share:percent} of all, bring {worth:percent} of the revenue "
        "({amount:money}).",
        users,
        **values,
    )


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
    yield say(
        "The back-test knows nothing of the last {horizon:count} days: it learns thresholds and "
        "models of its own before them, whichever are used above, and holds the levels against what "
        "came in them.",
        horizon=horizon_days,
    )
    if back := -others_amount(scope):
        yield say(
            "{amount:whole_money} were given back in the period to users without an order in it, "
            "who are on no level.",
            amount=back,
            currency=scope.currency,
        )
