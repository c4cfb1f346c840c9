"""What becomes of users: how they find the shop, whether they stay, buy, and buy again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.scope import frame, lacking, of_platform, year_to
from workbench.kit.sentences import message, say
from workbench.paths.visits import converted
from workbench.periods import Period, local_day
from workbench.stats.rates import wilson

_DAY = timedelta(days=1)
_HOURS = (24, 48, 72)
_FIRST_ORDER_DAYS, _SECOND_ORDER_DAYS = 30, 60
COLUMNS = ("measure", "users", "rate", "rate_low", "rate_high")

Pair = tuple[int, int]  # hits and trials


@dataclass(frozen=True)
class Habits:
    """Shares of users (or visits), each of the latest who are old enough to be judged.

    Attributes:
        rates: `measure`, `users` (of whom), `rate` with its ends; no row where data lack, a null
            rate where history is too short.
        findings: What all that says, in sentences.
        missing: What more this would need, in sentences.
    """

    rates: pd.DataFrame
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


def habits(
    tables: Mapping[str, ir.Table], steps: Sequence[str], period: Period, *, platform: str = ""
) -> Habits:
    """Return how users find the shop, stay, buy and buy again.

    `social_discovery`: of the first touches (events discover) of the 52 weeks that end with the
    period, those by content or a friend (channel referral); `direct_orders`: of those, the ones
    whose session reaches the last step. `organic_visits`: of the period's events of the first
    step, those by the channel organic. `activation_next_day`, `retention_day_7`: of the users who
    signed up, those with any event on the next, on the seventh day of the shop; `order_in_30_days`:
    those with an order by then; `second_order_in_60_days`: of those who ordered first, those who did
    again by then. These cover as many days as the period has, the last ones that are old
    enough. `group_24_hours` (48, 72): of those who joined a private-domain group in the 52 weeks,
    those who said something in it so many hours later or more; they joined a day more before the
    period's end.

    Args:
        tables: The source's tables; what they lack is told in `missing`.
        steps: The events of the funnel.
        period: The report's days.
        platform: Only this platform's events, orders and users; empty means all.
    """
    tables = of_platform(tables, platform)
    found: dict[str, Pair | None] = {}
    missing = [
        _discovery(tables, steps, period, found),
        _organic(tables, steps, period, found),
        _return(tables, period, found),
        _orders(tables, period, found),
        _groups(tables, period, found),
    ]
    rows = [
        (name, 0 if pair is None else pair[1], *wilson(*(pair or (0, 0))))
        for name, pair in found.items()
    ]
    rates = pd.DataFrame(rows, columns=list(COLUMNS))
    return Habits(rates, _findings(rates), tuple(filter(None, missing)))


def _discovery(
    tables: Mapping[str, ir.Table],
    steps: Sequence[str],
    period: Period,
    found: dict[str, Pair | None],
) -> str:
    needs = {"events": ("event", "occurred_at", "content_id", "channel", "session_id")}
    missing = lacking(tables, needs, say("how users discover the shop"))
    if missing:
        return missing
    touches = converted(tables["events"], "discover", steps[-1], year_to(period))
    social = touches["content_id"].notnull() | (touches.channel == "referral").fill_null(False)  # noqa: FBT003, PD004
    counted = frame(
        touches.agg(
            touches=touches.count(),
            social=social.sum(),
            direct=(social & touches.bought).sum(),
        )
    ).fillna(0)
    every, by_friends, direct = (
        int(counted[name].iloc[0]) for name in ("touches", "social", "direct")
    )
    if not every:
        return say(
            "To show how users discover the shop, this report would need the event discover."
        )
    found["social_discovery"] = (by_friends, every)
    found["direct_orders"] = (direct, by_friends)
    return ""


def _organic(
    tables: Mapping[str, ir.Table],
    steps: Sequence[str],
    period: Period,
    found: dict[str, Pair | None],
) -> str:
    needs = {"events": ("event", "occurred_at", "channel")}
    missing = lacking(tables, needs, say("the share of organic visits"))
    if missing:
        return missing
    events = tables["events"]
    came = events.filter(
        events.event == steps[0],
        events.occurred_at >= period.start,
        events.occurred_at < period.end,
        events["channel"].notnull(),  # noqa: PD004 - Ibis
    )
    counted = came.agg(organic=(came.channel == "organic").sum(), visits=came.count())
    row = frame(counted).fillna(0).iloc[0]
    if not row["organic"]:
        return say(
            "To show the share of organic visits, this report would need the channel organic."
        )
    found["organic_visits"] = (int(row["organic"]), int(row["visits"]))
    return ""


def _return(tables: Mapping[str, ir.Table], period: Period, found: dict[str, Pair | None]) -> str:
    needs = {"users": ("user_id", "signed_up_at"), "events": ("user_id", "occurred_at")}
    missing = lacking(tables, needs, say("whether new users come back"))
    if missing:
        return missing
    users, events = tables["users"], tables["events"]
    since = _since(events, "occurred_at")
    for name, day in (("activation_next_day", 1), ("retention_day_7", 7)):
        cohort = _back(period, day + 1)
        found[name] = _back_on(users, events, cohort, day) if since <= cohort.start else None
    return ""


def _back_on(users: ir.Table, events: ir.Table, cohort: Period, day: int) -> Pair:
    """How many who signed up on the cohort's days were there so many days later."""
    wide = Period(cohort.first, cohort.last + (day + 1) * _DAY, cohort.time_zone)
    new = users.filter(users.signed_up_at >= cohort.start, users.signed_up_at < cohort.end)
    own = new.select("user_id", due=_day_number(new.signed_up_at, wide) + day)
    near = events.filter(events.occurred_at >= wide.start, events.occurred_at < wide.end)
    seen = near.select(goer="user_id", day=_day_number(near.occurred_at, wide)).distinct()
    joined = own.left_join(seen, [own.user_id == seen.goer, own.due == seen.day])
    row = frame(joined.agg(back=joined.goer.count(), users=joined.count())).iloc[0]
    return int(row["back"]), int(row["users"])


def _day_number(instants: ir.TimestampColumn, days: Period) -> ir.IntegerColumn:
    """The days of the shop as whole numbers, which every engine adds up alike."""
    return local_day(instants, days).cast("timestamp").epoch_seconds() // 86_400


def _orders(tables: Mapping[str, ir.Table], period: Period, found: dict[str, Pair | None]) -> str:
    missing = lacking(
        tables, {"orders": ("user_id", "ordered_at", "order_id")}, say("who orders again")
    )
    if missing:
        return missing
    orders = tables["orders"].filter(lambda t: t["user_id"].notnull(), lambda t: t.amount > 0)  # noqa: PD004 - Ibis
    rank = ibis.row_number().over(
        group_by=orders.user_id, order_by=[orders.ordered_at, orders.order_id]
    )
    ranked = orders.select("user_id", at=orders.ordered_at, place=rank)
    first, second = (ranked.filter(ranked.place == k).select("user_id", "at") for k in (0, 1))
    since = _since(orders, "ordered_at")
    if "users" in tables and "signed_up_at" in tables["users"].columns:
        new = tables["users"].select("user_id", at="signed_up_at")
        found["order_in_30_days"] = _within(new, first, period, since, _FIRST_ORDER_DAYS)
    found["second_order_in_60_days"] = _within(first, second, period, since, _SECOND_ORDER_DAYS)
    return ""


def _within(
    start: ir.Table, then: ir.Table, period: Period, since: datetime, days: int
) -> Pair | None:
    """How many have the other within so many days, of those who are just old enough for it."""
    cohort = _back(period, days)
    if since > cohort.start:
        return None
    own = start.filter(start["at"] >= cohort.start, start["at"] < cohort.end)
    later = then.select(goer="user_id", went_at="at")
    joined = own.left_join(
        later,
        [
            own.user_id == later.goer,
            later.went_at >= own["at"],
            later.went_at <= own["at"] + ibis.interval(days=days),
        ],
    )
    row = frame(joined.agg(went=joined.goer.count(), users=joined.count())).iloc[0]
    return int(row["went"]), int(row["users"])


def _groups(tables: Mapping[str, ir.Table], period: Period, found: dict[str, Pair | None]) -> str:
    missing = lacking(
        tables,
        {"events": ("user_id", "event", "occurred_at")},
        say("activity in private-domain groups"),
    )
    if missing:
        return missing
    events, days = tables["events"], year_to(period)
    joins = events.filter(events.event == "join_group").select("user_id", at="occurred_at")
    talks = events.filter(events.event == "group_activity").select(
        goer="user_id", said_at="occurred_at"
    )
    for hours in _HOURS:
        last = days.end - timedelta(hours=hours + 24)
        own = joins.filter(joins["at"] >= days.start, joins["at"] < last)
        late = talks.said_at >= own["at"] + ibis.interval(hours=hours)
        pairs = own.left_join(talks, [own.user_id == talks.goer, late])
        members = pairs.group_by("user_id", "at").agg(said=pairs.goer.count())
        counted = members.agg(active=(members.said > 0).sum(), users=members.count())
        row = frame(counted).fillna(0).iloc[0]
        if not row["users"]:
            return say(
                "To show activity in private-domain groups, this report would need the events "
                "join_group and group_activity."
            )
        found[f"group_{hours}_hours"] = (int(row["active"]), int(row["users"]))
    return ""


def _back(period: Period, days: int) -> Period:
    shift = days * _DAY
    return Period(period.first - shift, period.last - shift, period.time_zone)


def _since(table: ir.Table, column: str) -> datetime:
    first = table[column].min().to_pyarrow().as_py()
    return datetime.max if first is None else first  # noqa: DTZ901 - as tables hold instants


def _findings(rates: pd.DataFrame) -> tuple[Finding, ...]:
    sentences = {
        "social_discovery": message("{rate} of users discover the shop by content or a friend"),
        "direct_orders": message("{rate} of those who find it so order in the same visit"),
        "group_72_hours": message(
            "{rate} of those who join a group still talk there after 72 hours"
        ),
        "second_order_in_60_days": message(
            "{rate} of first-time buyers order again within 60 days"
        ),
    }
    found = []
    for one in rates.to_dict("records"):
        if one["measure"] in sentences and not pd.isna(one["rate"]):
            ends = (float(one["rate_low"]), float(one["rate_high"]))
            sentence = (
                sentences[str(one["measure"])] + message(" (95 % sure: {low} to {high}).")
            ).format(
                rate=words.percent(one["rate"]),
                low=words.percent(ends[0]),
                high=words.percent(ends[1]),
            )
            found.append(Finding(sentence, float(one["rate"]), *ends))
    return tuple(found)
