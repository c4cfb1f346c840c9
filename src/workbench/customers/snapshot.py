"""What is known of each customer at a cut-off: features that nothing later can change.

Everything is counted back from the cut-off, over rows that lie before it: orders and complaints
whenever they were, events of the last 180 days. What an order had come to by then says
`customers.purchases`. What changes without a date (a member level, plays,
flags) is left out: today's value is no feature of the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.customers.purchases import as_known, outcomes
from workbench.kit.engine import Tables, frame
from workbench.kit.scope import Scope

WINDOWS = (7, 30, 90, 180)
"""How many days back purchases, money and events are counted."""

MIXED = ("platform", "channel", "format", "event")
"""Of what the shares of a customer's purchases and events are told; `event` is what was done."""

Mixes = Mapping[str, Sequence[str]]
"""The values of `MIXED` that have a feature of their own."""

_PURCHASE, _UNDONE, _EVENT, _COMPLAINT = range(4)
_DAY = 86_400
_HABIT = 90  # days of which the shares are told
_MOST, _LEAST = 8, 0.01  # values of a mix, and the share of the rows that makes one
_CUT = ("cut", "cut_at", "cut_second")  # of a cut-off: its place, and the instant when it is over
_COUNTED = (
    *("purchases", "amount", "recency_days", "tenure_days", "event_recency_days", "undone"),
    *("complaints", "complaint_recency_days"),
    *(f"{name}_{days}" for days in WINDOWS for name in ("purchases", "amount", "events")),
    "repeat_days",
)
_COLUMNS = {  # of a fact, beside `cut`, `user_id`, `what` and `age`
    **dict.fromkeys(("amount", "given_back", "discount", "pause"), "int64"),
    **dict.fromkeys(MIXED, "string"),
}


def mixes(scope: Scope) -> dict[str, list[str]]:
    """Return the usual platforms, channels, formats and events, as known at a scope's end.

    Args:
        scope: Its orders and events before the end count.

    Returns:
        The values that one row in a hundred has, at most the most frequent eight of each, sorted;
        what has one value only tells nobody apart.
    """
    cuts = _cuts(scope, [scope.period.last])
    rows = _facts([*_orders(scope, cuts), *_events(scope, cuts), *_complaints(scope, cuts)])
    counted = frame(rows.group_by(*MIXED).agg(n=rows.count()))
    found = {}
    for name in MIXED:
        each = counted.groupby(name)["n"].sum()
        usual = each[each >= _LEAST * each.sum()].rename_axis("value").reset_index()
        usual = usual.sort_values(["n", "value"], ascending=[False, True])
        found[name] = sorted(usual["value"].head(_MOST))
    return {name: values for name, values in found.items() if len(values) > 1}


def snapshot(scope: Scope, known: Mixes, cut_offs: Sequence[date] = ()) -> ir.Table:
    """Return the features of everybody who bought before a cut-off, a row a cut-off and user.

    Several are asked at once: a question costs about as much as its answer where a shop is small.

    Args:
        scope: Its platform counts.
        known: What has a share of its own, as `mixes` tells it of the first cut-off.
        cut_offs: Last days of which something is known; () is the scope's own alone.

    Returns:
        `cut`, the place of the cut-off among them; `user_id`; and numbers, null where one is not
        known, as the pause of who bought once.
    """
    days = cut_offs or [scope.period.last]
    latest = scope.until(max(days))
    cuts = _cuts(scope, days)
    counted = _with_events(_bought(latest, known, cuts), latest, known, cuts)
    return counted.select("cut", "user_id", *_COUNTED, **dict(_ratios(counted, known)))


def _cuts(scope: Scope, days: Sequence[date]) -> ir.Table:
    """Cut-offs as a table, the earliest as any other."""
    ends = [scope.until(day).end for day in days]
    seconds = [int(end.replace(tzinfo=UTC).timestamp()) for end in ends]
    columns = (pa.array(range(len(days)), pa.int64()), pa.array(ends, pa.timestamp("us")), seconds)
    return ibis.memtable(pa.table(dict(zip(_CUT, columns, strict=True))))


def _bought(scope: Scope, known: Mixes, cuts: ir.Table) -> ir.Table:
    """What orders and complaints tell of everybody who bought, a row a cut-off and user."""
    rows = _facts([*_orders(scope, cuts), *_complaints(scope, cuts)])
    counts = (*_counts(rows), *_habits(rows, known))
    counted = rows.group_by("cut", "user_id").agg(**dict(counts))
    return counted.filter(counted.purchases > 0)


def _with_events(bought: ir.Table, scope: Scope, known: Mixes, cuts: ir.Table) -> ir.Table:
    """Customers with what their events tell.

    Events are many and answer few of the questions: counted by themselves, they are not held against
    those about orders.
    """
    counts = {f"events_{days}": days for days in WINDOWS}
    parts = [*_events(scope, cuts)]
    if not parts:
        none = dict.fromkeys(counts, ibis.literal(0, "int64"))
        return bought.mutate(event_recency_days=ibis.null("int64"), **none)
    rows = _facts(parts)
    done = rows.group_by(done_cut="cut", done_by="user_id").agg(
        event_recency_days=rows.age.min(),
        **{name: rows.count(where=rows.age < days) for name, days in counts.items()},
        **{f"done_{name}": count for name, count in _habits(rows, known)},
    )
    joined = bought.left_join(
        done, [bought.cut == done.done_cut, bought["user_id"] == done.done_by]
    )
    habits = [f"n_{name}_{place}" for name in known for place in range(len(known[name]))]
    return joined.select(
        *(bought[name] for name in bought.columns if name not in habits),
        event_recency_days=done.event_recency_days,
        **{name: done[name].fill_null(0) for name in counts},
        **{name: bought[name] + done[f"done_{name}"].fill_null(0) for name in habits},
    )


def _counts(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """What is counted of orders and complaints; `n_` begins what is only reckoned with."""
    is_purchase = rows.what == _PURCHASE
    yield "purchases", rows.count(where=is_purchase)
    yield "amount", _sum(rows.amount)
    yield "recency_days", rows.age.min(where=is_purchase)
    yield "tenure_days", rows.age.max(where=is_purchase)
    yield "undone", rows.count(where=rows.what == _UNDONE)
    yield "complaints", rows.count(where=rows.what == _COMPLAINT)
    yield "complaint_recency_days", rows.age.min(where=rows.what == _COMPLAINT)
    for days in WINDOWS:
        recent = rows.age < days
        yield f"purchases_{days}", rows.count(where=is_purchase & recent)
        yield f"amount_{days}", _sum(rows.amount, recent)
    yield "repeat_days", rows.count(where=rows.pause > 0)
    yield "n_squares", _sum(rows.pause * rows.pause)
    yield "n_given_back", _sum(rows.given_back)
    yield "n_discount", _sum(rows.discount)
    yield "n_discounted", rows.count(where=rows.discount > 0)


def _habits(rows: ir.Table, known: Mixes) -> Iterator[tuple[str, ir.Value]]:
    """How many rows of the last days have each value of the mixes."""
    recent = rows.age < _HABIT
    for name, values in known.items():
        for place, value in enumerate(values):
            yield f"n_{name}_{place}", rows.count(where=recent & (rows[name] == value))


def _ratios(counted: ir.Table, known: Mixes) -> Iterator[tuple[str, ir.Value]]:
    """What is reckoned of the counts; null where there is nothing to divide by."""
    pauses = counted.repeat_days.nullif(0)
    pause = (counted.tenure_days - counted.recency_days) / pauses
    spread = counted.n_squares / pauses - pause * pause
    orders = counted.purchases + counted.undone
    yield "pause_days", pause
    yield "pause_spread", ibis.greatest(spread, 0.0).sqrt() / pause
    yield "pauses_waited", counted.recency_days / pause
    yield "recency_rate", counted.recency_days / (counted.tenure_days + 1)
    yield "mean_amount", counted.amount / counted.purchases
    yield "refunded_rate", counted.n_given_back / orders
    yield "discounted_rate", counted.n_discounted / orders
    yield "discount_rate", counted.n_discount / (counted.amount + counted.n_discount).nullif(0)
    for name, values in known.items():
        parts = [counted[f"n_{name}_{place}"] for place in range(len(values))]
        whole = reduce(ir.IntegerValue.__add__, parts).nullif(0)
        for value, part in zip(values, parts, strict=True):
            yield f"{name}_{value}", part if name == "event" else part / whole


def _facts(parts: Sequence[ir.Table]) -> ir.Table:
    """What is known of users at each cut-off, a row an order, event or complaint."""
    whole = reduce(lambda one, other: one.union(other), parts)
    return whole.filter(whole["user_id"].notnull())


def _orders(scope: Scope, cuts: ir.Table) -> Iterator[ir.Table]:
    orders = scope.known.orders
    named = ("discount", "platform", "channel", "content_id")
    carried = [name for name in named if name in orders.columns]
    made = outcomes(orders.filter(orders["user_id"].notnull()), *carried)
    rows = _at(_formatted(scope.known, made), "ordered_at", cuts)
    rows = as_known(rows, rows.cut_at)
    rows = rows.mutate(
        amount=rows.net_amount,
        given_back=ibis.ifelse(rows.is_known & (rows.refunded > 0), 1, 0).cast("int64"),
    )
    bought, undone = rows.filter(rows.is_purchase), rows.filter(~rows.is_purchase)
    by_user = ibis.window(group_by=["cut", "user_id"], order_by=["ordered_at", "order_id"])
    pause = bought.age.lag().over(by_user) - bought.age
    yield _fact(bought.mutate(pause=pause), _PURCHASE)
    yield _fact(undone, _UNDONE)


def _events(scope: Scope, cuts: ir.Table) -> Iterator[ir.Table]:
    if "events" in scope.known:
        events = scope.known.events
        rows = _at(_formatted(scope.known, events), "occurred_at", cuts)
        yield _fact(rows.filter(rows.age < WINDOWS[-1]), _EVENT)


def _complaints(scope: Scope, cuts: ir.Table) -> Iterator[ir.Table]:
    tables = scope.known
    if "complaints" in tables and "user_id" in tables.complaints.columns:
        yield _fact(_at(tables.complaints, "opened_at", cuts), _COMPLAINT)


def _at(rows: ir.Table, at: str, cuts: ir.Table) -> ir.Table:
    """Rows once for each cut-off that they lie before, with it and their `age` then in whole days."""
    joined = rows.join(cuts, rows[at] < cuts.cut_at)
    age = (cuts.cut_second - rows[at].epoch_seconds()) // _DAY
    columns = {name: rows[name] for name in rows.columns}
    if "format" in rows.columns:  # of a piece that was published by then
        is_there = rows.published_at.isnull() | (rows.published_at < cuts.cut_at)
        columns["format"] = ibis.ifelse(is_there, rows["format"], None)
    return joined.select(*_CUT, age=age.cast("int64"), **columns)


def _fact(rows: ir.Table, what: int) -> ir.Table:
    """Rows of a table in the form of all facts; what the table does not tell is null."""
    there = {
        name: rows[name].cast(kind) if name in rows.columns else ibis.null(kind)
        for name, kind in _COLUMNS.items()
    }
    if what in {_COMPLAINT, _EVENT}:
        there["amount"] = ibis.null("int64")
    return rows.select("cut", "user_id", "age", what=ibis.literal(what, "int8"), **there)


def _formatted(tables: Tables, rows: ir.Table) -> ir.Table:
    """Rows with the `format` of the content that led to them, where contents tell of it.

    With it comes `published_at`, null where that is not known.
    """
    if (
        not {"content_id"} <= {*rows.columns}
        or "contents" not in tables
        or "format" not in tables.contents.columns
    ):
        return rows
    contents = tables.contents
    has_day = "published_at" in contents.columns
    pieces = contents.select(
        piece_id="content_id",
        format="format",
        published_at=contents.published_at if has_day else ibis.null("timestamp"),
    )
    joined = rows.left_join(pieces, rows.content_id == pieces.piece_id)
    own = {name: rows[name] for name in rows.columns}
    return joined.select(**own, format=pieces["format"], published_at=pieces.published_at)


def _sum(values: ir.IntegerColumn, where: ir.BooleanColumn | None = None) -> ir.IntegerScalar:
    return values.sum(where=where).fill_null(0).cast("int64")
