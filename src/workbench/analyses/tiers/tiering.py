"""From orders to tiers: every user of a period scored, and set on one of nine levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from workbench.analyses.tiers import views
from workbench.analyses.tiers.earlier import earlier, kept
from workbench.analyses.tiers.reconcile import reconcile
from workbench.analyses.tiers.rules import rules
from workbench.analyses.tiers.story import tell
from workbench.charts import Chart
from workbench.customers.days import NEEDS
from workbench.customers.forecast import forecast
from workbench.customers.purchases import first_day
from workbench.customers.rfm import measure
from workbench.customers.thresholds import Thresholds, learn, parse, scale
from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.levels import Levels
from workbench.kit.scope import frame, lacking, of_platform
from workbench.kit.sentences import say
from workbench.periods import Period, Week


@dataclass(frozen=True)
class Tiers:
    """Who the users of a period are, by what they ordered in it.

    Attributes:
        tiers: A row a user with a purchase in the period: `user_id`, `recency_days`, `frequency`,
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
        findings: What that says, in sentences.
        rules: How it was counted, in sentences.
        missing: Why nothing could be forecast, and what cannot be told without the instants of
            refunds; empty where nothing is missing.
        platforms: The platforms that orders come from, to choose from.
        platform: The one whose orders count; empty means all.
        cuts: The thresholds, to tier another period alike.
        currency: ISO 4217 code of all amounts.
    """

    tiers: pd.DataFrame
    levels: pd.DataFrame
    cells: pd.DataFrame
    thresholds: pd.DataFrame
    account: pd.DataFrame
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    missing: str
    platforms: tuple[str, ...]
    platform: str
    cuts: Thresholds
    currency: str

    @property
    def scale(self) -> pd.DataFrame:
        """The thresholds in words, as `thresholds.scale` returns them."""
        return scale(self.cuts, self.currency)

    def levels_chart(self) -> Chart:
        """Return each level's share of the revenue beside its share of the users."""
        return views.draw_levels(self.levels, self.currency, self.platform)

    def cells_chart(self) -> Chart:
        """Return the users of each of the 27 cells."""
        return views.draw_cells(self.cells, self.platform)


def rank(
    tables: Mapping[str, ir.Table],
    period: Period,
    levels: Levels,
    *,
    thresholds: str = "learn",
    horizon_days: int = 90,
    discount_rate: float = 0.1,
    platform: str = "",
    source: str = "",
    currency: str = "",
) -> Tiers:
    """Return the tiers of the users with a purchase in a period.

    Args:
        tables: The source's; `orders` is needed.
        period: The base period: orders in it count, and what of them was given back by its end.
        levels: Which scores make which level.
        thresholds: `learn` them from these users; `reuse` those of the newest earlier report on
            the same source, platform and length of period (without one they are learned, and a
            finding says so); or spelled out, such as `{recency_days: [60, 14], frequency: [2, 4],
            monetary: [10000, 50000]}`, in minor units.
        horizon_days: How far the forecast looks.
        discount_rate: A year's, for `ltv_amount`.
        platform: Only this platform's orders; empty means all.
        source: What the source was asked for by (a folder's path, for folders may be named alike):
            by it its earlier reports are known.
        currency: ISO 4217 code.

    Raises:
        MissingData: If the source has no orders with users, or none in the period.
        ParameterError: If `thresholds` is none of these, or no order is of `platform`.
    """
    orders = orders_of(tables, platform)
    users = measure(orders, period).sort_values("user_id", ignore_index=True)
    if users.empty:
        raise MissingData(_nobody(orders, period))
    of: dict[str, str | int] = {
        "source": source,
        "platform": platform,
        "base_weeks": len(period.days) // 7,
    }
    week = str(Week.of(period.last))
    cuts = _thresholds(thresholds, users, week, of)
    ahead = forecast(orders, period, horizon_days=horizon_days, discount_rate=discount_rate)
    placed = place(users, cuts, levels).merge(
        ahead.users.drop(columns="repeat_count"), on="user_id", how="left"
    )
    sums, since = reconcile(orders, period, placed), _since(orders, period)
    per_level = summary(placed, levels)
    return Tiers(
        tiers=placed,
        levels=per_level,
        cells=_cells(placed, levels),
        thresholds=kept(cuts, **of),
        account=sums.account,
        rules=rules(
            period,
            cuts,
            horizon_days=horizon_days,
            discount_rate=discount_rate,
            others_amount=sums.others_amount,
            currency=currency,
            platform=platform,
            since=since,
        ),
        findings=tell(
            per_level,
            cuts,
            asked=thresholds,
            week=week,
            currency=currency,
            platform=platform,
            since=since,
            doubt=ahead.doubt,
        ),
        missing=" ".join(filter(None, (ahead.missing, _undated(orders)))),
        platforms=_platforms(tables["orders"]),
        platform=platform,
        cuts=cuts,
        currency=currency,
    )


def place(users: pd.DataFrame, cuts: Thresholds, levels: Levels) -> pd.DataFrame:
    """Return users with their scores, class, level and rank.

    Args:
        users: As `rfm.measure` returns them.
        cuts: From which value on a user scores higher.
        levels: Which scores make which level.
    """
    return levels.assign(cuts.score(users))


def summary(placed: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    """Return users and revenue of each level, as `Tiers.levels` describes."""
    groups = placed.groupby("level")
    found = groups.agg(users=("user_id", "size"), revenue_amount=("monetary", "sum"))
    found["expected_amount"] = groups["expected_amount"].sum(min_count=1)
    medians = groups[["recency_days", "frequency", "monetary"]].median()
    table = pd.DataFrame({"class": levels.classes.values(), "level": levels.names})
    table = table.join(found, on="level").join(medians, on="level")
    return _with_shares(table)


def _cells(placed: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    scores = ["r", "f", "m"]
    found = placed.groupby(scores).agg(
        users=("user_id", "size"), revenue_amount=("monetary", "sum")
    )
    table = levels.frame().drop(columns="rank").join(found, on=scores)
    return _with_shares(table)


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    for name, share in (("users", "users_rate"), ("revenue_amount", "revenue_rate")):
        table[name] = table[name].fillna(0).astype("int64")
        total = int(table[name].sum())
        table.insert(
            list(table).index(name) + 1, share, table[name] / total if total > 0 else float("nan")
        )
    return table


def orders_of(tables: Mapping[str, ir.Table], platform: str) -> ir.Table:
    """Return the orders of a platform (empty: of all).

    Raises:
        MissingData: If there are none with users, or they do not tell of platforms.
        ParameterError: If no order is of that platform.
    """
    missing = lacking(tables, NEEDS, say("who the users are"))
    if missing:
        raise MissingData(missing)
    if platform and "platform" not in tables["orders"].columns:
        raise MissingData(
            f"platform == '{platform}', but the orders here have no column 'platform'"
        )
    if platform and platform not in (known := _platforms(tables["orders"])):
        raise ParameterError(unknown("platform", platform, known))
    return of_platform({"orders": tables["orders"]}, platform)["orders"]


def _nobody(orders: ir.Table, period: Period) -> str:
    if not frame(orders.filter(orders["user_id"].notnull()).limit(1)).empty:  # noqa: PD004 - Ibis
        return say("nobody ordered in {period}", period=period)
    return say("no order names its user, so there are no users to tier in {period}", period=period)


def _since(orders: ir.Table, period: Period) -> str:
    """That the orders begin within the period, in a sentence."""
    first = first_day(orders, period)
    if first is None or first <= period.first:
        return ""
    days = (period.last - first).days + 1
    sentence = ngettext(
        "There are orders only since {first}: the levels rest on {days} day of {period}.",
        "There are orders only since {first}: the levels rest on {days} days of {period}.",
        days,
    )
    return sentence.format(first=words.day(first), days=words.count(days), period=period)


def _undated(orders: ir.Table) -> str:
    """What a source lacks that tells of refunds or cancellations and not when they were made."""
    if not {"status", "refunded_amount"} & set(orders.columns):
        return ""
    what = say("the past as it was known then, without the refunds and cancellations of later days")
    return lacking({"orders": orders}, {"orders": ("refunded_at",)}, what)


def _platforms(orders: ir.Table) -> tuple[str, ...]:
    if "platform" not in orders.columns:
        return ()
    known = orders.filter(orders.platform.notnull()).select("platform").distinct()  # noqa: PD004 - Ibis
    return tuple(sorted(frame(known)["platform"]))


def _thresholds(
    asked: str, users: pd.DataFrame, week: str, of: Mapping[str, str | int]
) -> Thresholds:
    if asked == "learn":
        return learn(users, week)
    if asked == "reuse":
        return earlier(week, **of) or learn(users, week)
    return parse(asked, week)
