"""What the engine is asked for: the sums of each span that all measures of a kind are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.customers.measures.spans import DAY, Bounds, Span, across, days_of, spans
from workbench.customers.purchases import as_known, outcomes
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.kit.sentences import message
from workbench.paths.hits import hits
from workbench.paths.levels import search
from workbench.paths.options import options_of
from workbench.paths.precision import KNOWN, day_steps, ends, spread
from workbench.periods import Period, day_number

_KEPT = ("user_id", "order_id", "ordered_at", "amount")  # by `outcomes`, whatever it carries
_EVENTS = message("the events do not reach back over these days")
_LONG_AGO = datetime(1900, 1, 1)
RATIOS = (("amount", "orders"), ("orders", "buyers"), ("back", "charged"), ("discount", "price"))
"""The quotients of two sums over users whose doubt is told by the squares of both."""


@dataclass(frozen=True)
class Tally:
    """One question to the engine.

    Attributes:
        table: The one whose first day says how far back it can be answered.
        ask: The answer for some spans: a row each, in their order.
        too_short: Why there is none where the table begins later, for `say`.
        needs: Columns by table without which it cannot be answered.
        ripens: Whether what happens later changes the answer: refunds and cancellations, or attempts
            that reach their end. Two spans are compared at equal age: each as it was known at its
            own end, or by what happened within equally many days.
        bounds: The first and last day of the table that are looked at for a span.
        may_miss: Whether it is told too where a few of these days are missing.
        window_days: How long attempts along the shop's steps may take; None: it is about others.
    """

    table: str
    ask: Callable[[Scope, Sequence[Span], int | None], pd.DataFrame]
    too_short: str
    needs: Mapping[str, Sequence[str]]
    ripens: bool = False
    bounds: Bounds = days_of
    may_miss: bool = False
    window_days: int | None = None


def _trade(scope: Scope, of: Sequence[Span], within_days: int | None) -> pd.DataFrame:
    """Return the sums of orders and of what became of them.

    Returns:
        Of all orders `placed`, `gmv`, `guests` (those without a user) and the rows that are
        `returns`; of those of known users `users`, `placed_by_users`, `undone`, `paid` (those that
        money came in for, or free ones), `sent_back` (of these, those of which something was given
        back), `charged`, `back` and `net` (minor units); of their purchases `orders`, `amount`,
        `discount`, `price` (before it), `buyers`, `new_buyers`; and the sums of squares and
        products of `RATIOS`.
    """
    spread = across(_orders(scope, within_days), "ordered_at", scope, of)
    rows = as_known(spread, spread.known_until)
    own = rows["user_id"].notnull()  # noqa: PD004 - Ibis
    bought, undone = rows.is_purchase & own, rows.is_undone & own
    paid = bought | (undone & (rows.refunded > 0))
    is_first = bought & (rows.held_until < rows.known_until)
    part = ibis.ifelse(undone, ibis.least(rows.amount, rows.refunded), 0)
    each = rows.group_by("span", "user_id").agg(
        placed=(~rows.is_return).sum(),
        returns=rows.is_return.sum(),
        gmv=rows.amount.sum(),
        orders=bought.sum(),
        amount=rows.amount.sum(where=bought),
        net=rows.net_amount.sum(where=own),
        charged=ibis.ifelse(bought, rows.amount, part).sum(),
        undone=undone.sum(),
        paid=paid.sum(),
        sent_back=(paid & rows.is_known & (rows.refunded > 0)).sum(),
        discount=rows.discount.sum(where=bought),
        new_buyers=is_first.sum(),
    )
    is_user = each["user_id"].notnull()  # noqa: PD004 - Ibis
    each = each.mutate(
        users=ibis.ifelse(is_user, 1, 0),
        buyers=ibis.ifelse(each.orders > 0, 1, 0),
        back=each.charged - each.net,
        price=each.amount + each.discount,
        placed_by_users=ibis.ifelse(is_user, each.placed, 0),
        guests=ibis.ifelse(is_user, 0, each.placed),
    )
    sums = {name: each[name].sum() for name in each.columns if name not in ("span", "user_id")}
    for one, other in ((a, b) for ratio in RATIOS for a in ratio for b in ratio if a <= b):
        sums[f"{one}*{other}"] = (each[one].cast("float64") * each[other]).sum()
    return _in_order(frame(each.group_by("span").agg(**sums)), of)


def _orders(scope: Scope, within_days: int | None) -> ir.Table:
    """The scope's orders up to its end, each with what became of it in time.

    `held_until` is the instant from which the user has no earlier order left, on any platform,
    that was not undone: long ago for a first one.
    """
    orders = scope.history.orders
    columns = ("platform", "discount", *(name for name, _value in scope.filters))
    carried = dict.fromkeys(name for name in columns if name in orders.columns)
    rows = outcomes(orders, *(name for name in carried if name not in _KEPT))
    discount = rows.discount if "discount" in carried else ibis.null("int64")
    rows = rows.mutate(discount=ibis.coalesce(discount, 0))
    if within_days is not None:
        rows = _in_time(rows, scope, within_days)
    until = ibis.ifelse(rows.comes_undone, rows.refunded_at, scope.end)
    lasts = ibis.ifelse(rows.is_return, _LONG_AGO, until)
    earlier = ibis.window(
        group_by="user_id", order_by=["ordered_at", "order_id"], preceding=(None, 1)
    )
    rows = rows.mutate(lasts=lasts)
    told = rows.mutate(held_until=rows.lasts.max().over(earlier).fill_null(_LONG_AGO))
    return scope.cut("orders", told)


def _in_time(rows: ir.Table, scope: Scope, within_days: int) -> ir.Table:
    """Orders as if nothing were given back later than so many days of the shop after each."""
    last = scope.period.last
    days = Period(min(scope.everywhere.first_day("orders") or last, last), last, scope.time_zone)
    is_late = day_number(rows.refunded_at, days) - day_number(rows.ordered_at, days) > within_days
    return rows.mutate(
        refunded=ibis.ifelse(is_late, 0, rows.refunded),
        comes_undone=rows.comes_undone & ~is_late,
    )


def _customers(scope: Scope, of: Sequence[Span], within_days: int | None) -> pd.DataFrame:
    """Return `users` with a purchase in the year that ends with a span, and `again` with two."""
    rows = across(_orders(scope, within_days), "ordered_at", scope, of, _year)
    rows = as_known(rows, rows.known_until)
    bought = rows.filter(rows.is_purchase, rows["user_id"].notnull())  # noqa: PD004 - Ibis
    each = bought.group_by("span", "user_id").agg(orders=bought.count())
    counted = each.group_by("span").agg(again=(each.orders > 1).sum(), users=each.count())
    return _in_order(frame(counted), of)


def _year(span: Span) -> tuple[date, date]:
    return span.last - 363 * DAY, span.last


def _visits(scope: Scope, of: Sequence[Span], _within_days: int | None) -> pd.DataFrame:
    """Return `visits`, those of which a channel is `told`, and of these the `organic` ones.

    Beside them the sums over `users` (with a visit of which it is told) of the squares and products
    of the last two: a user's visits are alike, so users are what is drawn by chance.

    They are the sessions that began in a span (`is_session`) or, where none did, events of the first
    step; of neither where the shop names no steps (not `is_visit`).
    """
    events, first = scope.known.events, scope.steps[0] if scope.steps else ""
    session, channel = (
        events[name] if name in events.columns else ibis.null("string")
        for name in ("session_id", "channel")
    )
    told = channel.notnull()  # noqa: PD004 - Ibis
    organic = told & (channel == "organic")
    rows = events.select(
        *("user_id", "event", "occurred_at"), session=session, told=told, organic=organic
    )
    began = rows.filter(rows.session.notnull())  # noqa: PD004 - Ibis
    sessions = began.group_by("session").agg(
        user_id=began["user_id"].min(),
        occurred_at=began.occurred_at.min(),
        told=began.told.any(),
        organic=began.organic.any(),
    )
    both = ibis.union(
        *(
            one.select("user_id", "occurred_at", "told", "organic", is_session=ibis.literal(kind))
            for kind, one in enumerate((rows.filter(rows.event == first), sessions))
        )
    )
    spread = across(both, "occurred_at", scope, of)
    each = spread.group_by("span", "is_session", "user_id").agg(
        visits=spread.count(), told=spread.told.sum(), organic=spread.organic.sum()
    )
    counted = each.group_by("span", "is_session").agg(
        users=(each.told > 0).sum(),
        **{name: each[name].sum() for name in ("visits", "told", "organic")},
        **{
            f"{one}*{other}": (each[one].cast("float64") * each[other]).sum()
            for one, other in (("organic", "organic"), ("organic", "told"), ("told", "told"))
        },
    )
    chosen = frame(counted).sort_values("is_session").drop_duplicates("span", keep="last")
    found = _in_order(chosen, of)
    return found.assign(is_visit=(found["is_session"] > 0) | bool(first))


def _attempts(scope: Scope, of: Sequence[Span], within_days: int | None) -> pd.DataFrame:
    """Return how many `started` in the weeks of a span, and how many `reached` the last step."""
    days = within_days or 0
    weeks = [one for one in spans(scope, weekly=True, within_days=days) if one.last >= one.first]
    if not weeks:
        return pd.DataFrame(0, index=range(len(of)), columns=["started", "reached"])
    counts = scope.asked(("attempts", days), lambda: _weekly_attempts(scope, weeks, days))
    own = [[one.first <= week.first <= one.last for week in weeks] for one in of]
    return pd.DataFrame([counts.loc[chosen].sum() for chosen in own])


def _weekly_attempts(scope: Scope, weeks: Sequence[Span], within_days: int) -> pd.DataFrame:
    events = scope.known.events
    wanted = events.filter(events.event.isin(sorted(set(scope.steps))))
    known = "occurred_at"
    if day_steps(ends(scope, "events"), scope.steps):
        days = Period(min(week.first for week in weeks), scope.period.last, scope.time_zone)
        wanted, known = spread(wanted.filter(wanted.occurred_at >= days.start), days), KNOWN
    rows = across(wanted, "occurred_at", scope, weeks, lambda week: (week.first, week.known))
    keys = ("user_id", "span")
    found = hits(rows, scope.steps, keys, opens=rows[known] < rows.closes)
    attempts = search(found, keys, options_of(scope.steps, timedelta(days=within_days)))
    reached = (attempts.level == len(scope.steps)).sum()
    counted = attempts.group_by("span").agg(started=attempts.count(), reached=reached)
    return _in_order(frame(counted), weeks)


def _returning(day: int) -> Tally:
    """Those who signed up (`users`), and of them who was `back` on a later day.

    They signed up on as many days as a span has, the last ones old enough: the span's last day is
    left out, as a source may know only the morning of it.
    """

    def cohort(span: Span) -> tuple[date, date]:
        return span.first - (day + 1) * DAY, span.last - (day + 1) * DAY

    def ask(scope: Scope, of: Sequence[Span], _within_days: int | None) -> pd.DataFrame:
        firsts, lasts = zip(*map(cohort, of), strict=True)
        wide = Period(min(firsts), max(lasts) + day * DAY, scope.time_zone)
        events = scope.known.events
        new = across(scope.known.users, "signed_up_at", scope, of, cohort)
        own = new.select("span", "user_id", due=day_number(new.signed_up_at, wide) + day)
        near = events.filter(events.occurred_at >= wide.start, events.occurred_at < wide.end)
        seen = near.select(goer="user_id", day=day_number(near.occurred_at, wide)).distinct()
        joined = own.left_join(seen, [own.user_id == seen.goer, own.due == seen.day])
        counted = joined.group_by("span").agg(back=joined.goer.count(), users=joined.count())
        return _in_order(frame(counted), of)

    needs = {"users": ("user_id", "signed_up_at"), "events": ("user_id", "occurred_at")}
    return Tally("events", ask, _EVENTS, needs, bounds=cohort)


def _in_order(counted: pd.DataFrame, of: Sequence[Span]) -> pd.DataFrame:
    """A row for each span, of nought where the engine has none."""
    return counted.set_index("span").reindex(range(len(of))).fillna(0)


_ORDERS = message("the orders do not reach back over these days")
_YEAR = message("the orders do not reach back over these 52 weeks")
_CAME = {"events": ("event", "occurred_at")}
_BOUGHT = {"orders": ("user_id", "order_id", "ordered_at", "amount")}
PLACED = Tally("orders", _trade, _ORDERS, {"orders": _BOUGHT["orders"][1:]})
TRADE = Tally("orders", _trade, _ORDERS, _BOUGHT, ripens=True)
CUSTOMERS = Tally(
    *("orders", _customers, _YEAR, _BOUGHT),
    ripens=True,
    bounds=_year,
    may_miss=True,
)
VISITS = Tally("events", _visits, _EVENTS, _CAME)
ATTEMPTS = Tally(
    *("events", _attempts, _EVENTS, {"events": ("user_id", *_CAME["events"])}),
    ripens=True,
    window_days=7,
)
NEXT_DAY, DAY_7 = _returning(1), _returning(7)
