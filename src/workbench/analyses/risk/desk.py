"""The desk: orders and moments by the days of the queue, and what came up on which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.analyses.risk import card, judged
from workbench.analyses.risk.card import Judged
from workbench.analyses.risk.judged import Agreement
from workbench.analyses.risk.lines import Scored, scored
from workbench.analyses.risk.numbered import Numbered
from workbench.analyses.risk.order_reasons import reasons
from workbench.analyses.risk.queue import WAITS_DAYS, queued
from workbench.kit.scope import Scope
from workbench.periods import midnight
from workbench.stats.arrays import Array
from workbench.stats.rates import wilson

_WAYS = ("rules", "outliers", "rules_outliers", "verdicts", "rules_verdicts")
_WEEK = 7


@dataclass
class Desk:
    """Moments, orders and days of the queue.

    Attributes:
        told: The moments with their scores.
        orders: The orders by number, and their verdicts.
        last: Of each order, its last moment.
        verdict: Of each order, the one that counts: 1 bad, 0 good, -1 for none.
        day: Of each moment, its day in the queue.
        placed: Of each order, the day on which it was placed.
        known: Of each order, the day from which on its verdict is known.
        first: The first day.
        days: How many there are.
        closed: First and last day (not included) whose orders have their verdicts; equal for none.
        agreement: Of two reviewers of one order.
        capacity: Places a day.
    """

    scope: Scope
    told: Scored
    orders: Numbered
    last: Array
    verdict: Array
    day: Array
    placed: Array
    known: Array
    first: date
    days: int
    closed: tuple[int, int]
    agreement: Agreement
    capacity: int

    @classmethod
    def of(cls, scope: Scope, rows: pd.DataFrame, verdicts: pd.DataFrame, capacity: int) -> Desk:
        """Return them from the first day whose orders can be judged, or that the period needs."""
        orders, period = Numbered.of(rows, verdicts), scope.period
        agreement = judged.agreement(verdicts)
        del verdicts  # a million of them weigh something, and nobody else may hold them
        pa.default_memory_pool().release_unused()
        closing = judged.closing_days(orders.is_bad, orders.ages)
        span = len(period.days)
        back = 0 if math.isnan(closing) else math.ceil(closing / _WEEK) * _WEEK
        first = min(
            period.last - timedelta(days=back + span - 1) if back else period.first,
            period.first - timedelta(days=WAITS_DAYS),
        )
        edges = _edges(first, period.last, scope.time_zone)
        days = len(edges) - 1
        closed = (max(days - back - span, 0), days - back) if back else (0, 0)
        return cls(
            scope, scored(rows, orders, int(edges[0]), int(edges[-1])), orders,
            orders.last(len(rows)), orders.verdict(), _day_of(edges, rows["at"].to_numpy()),
            _day_of(edges, orders.placed), _day_of(edges, orders.first_known(int(edges[-1]))),
            first, days, (closed[0], max(closed)), agreement, capacity,
        )  # fmt: skip

    @property
    def days_judged(self) -> tuple[date, date] | None:
        """The first and the last day whose orders are judged."""
        start, end = self.closed
        if end <= start:
            return None
        return self.first + timedelta(days=start), self.first + timedelta(days=end - 1)

    def up(self, way: str) -> Array:
        """Return on which day each order comes up by one way of looking."""
        scores = self.told.scores(way)
        if way == "rules":
            scores = np.where(scores > 0, scores, np.nan)
        return queued(self.orders.order, self.day, scores, self.known, self.days, self.capacity)

    def latest(self, scores: Array) -> Array:
        """Return the score of each order's last moment."""
        return np.asarray(scores[self.last])

    def listed(self) -> pd.DataFrame:
        """Return every order of the period with its score, rank, day and reasons."""
        scores, up = self.latest(self.told.scores("rules_verdicts")), self.up("rules_verdicts")
        at, lasts = self.orders.placed, self.last
        first = (self.scope.period.first - self.first).days
        mine = np.flatnonzero((self.placed >= first) & (self.placed < self.days))
        mine = mine[np.lexsort((at[mine], -np.nan_to_num(scores[mine], nan=-1.0)))]
        some = [name for name in ("user_id", "content_id", "amount") if name in self.told.rows]
        rows = self.told.rows[some].iloc[lasts[mine]]
        in_queue = up[mine] >= 0
        said = np.full(len(mine), "", dtype=object)
        wanted = np.flatnonzero(in_queue)
        wanted = wanted[np.argsort(lasts[mine][wanted], kind="stable")]
        said[wanted] = reasons(self.told, lasts[mine][wanted], self.scope.currency)
        days = np.array(
            [self.first + timedelta(days=n) for n in range(self.days)] + [None], dtype=object
        )
        return pd.DataFrame(
            {
                "order_id": self.orders.ids.take(mine).to_pandas().to_numpy(),
                "user_id": rows["user_id"].to_numpy(),
                "ordered_at": pd.to_datetime(at[mine], unit="s"),
                "amount": rows["amount"].to_numpy(),
                "score": scores[mine],
                "rank": np.arange(1, len(mine) + 1),
                "in_queue": in_queue,
                "queued_on": days[up[mine]],
                "verdict": np.array(["good", "bad", ""], dtype=object)[self.verdict[mine]],
                "rules": _names(self.told.rules, lasts[mine]),
                "reasons": said,
                "content_id": rows["content_id"].to_numpy() if "content_id" in rows else None,
            }
        )

    def cards(self) -> tuple[tuple[pd.DataFrame, ...], pd.DataFrame]:
        """Return the three cards and that of the rules; without verdicts all are empty."""
        start, end = self.closed
        inside = (self.placed >= start) & (self.placed < end)
        mine = np.flatnonzero(inside & (self.verdict >= 0))
        if not len(mine):
            return (card.frame([]), card.frame([]), card.frame([])), card.rules([])
        amounts = self.latest(self.told.rows["amount"].to_numpy())
        told = Judged(
            self.verdict[mine] == 1, amounts[mine], self.placed[mine], self.agreement.wrong
        )
        rows = {}
        for way in _WAYS:
            up = self.up(way)
            places = int((inside & (up >= 0)).sum())
            rows[way] = card.row(
                way,
                told,
                (places, self.capacity * (end - start)),
                up[mine],
                self.latest(self.told.scores(way))[mine],
            )
        learned = not np.isnan(self.told.learned).all()
        shown = (
            ("rules", "outliers", "rules_outliers"),
            ("verdicts",) if learned else (),
            ("rules", "verdicts", "rules_verdicts") if learned else (),
        )
        cards = tuple(card.frame([rows[way] for way in some]) for some in shown)
        return cards, self._rules(inside, mine, told)

    def _rules(self, inside: Array, mine: Array, told: Judged) -> pd.DataFrame:
        users = self.told.rows["user_id"].to_numpy()
        found = []
        for name, fires in self.told.rules.items():
            flagged = np.zeros(len(self.last), dtype=bool)
            flagged[self.orders.order[fires]] = True
            who = users[np.flatnonzero(fires & inside[self.orders.order])]
            hits = flagged[mine] & told.is_bad
            found.append(
                {
                    "rule": name,
                    "orders": int((flagged & inside).sum()),
                    "judged": int(flagged[mine].sum()),
                    "bad_found": int(hits.sum()),
                    **wilson(int(hits.sum()), int(flagged[mine].sum())).spread("precision_rate"),
                    "recall_rate": hits.sum() / told.is_bad.sum()
                    if told.is_bad.any()
                    else math.nan,
                    "caught_amount": int(told.amount[hits].sum()),
                    "users": len(pd.unique(pd.Series(who).dropna())),
                }
            )
        return card.rules(found, self.scope.min_group)


def _names(rules: dict[str, Array], rows: Array) -> list[str]:
    """The names of the rules that fire at each of some moments, as one text each."""
    told = np.full(len(rows), "", dtype=object)
    for name, fires in rules.items():
        here = fires[rows]
        told[here] = [f"{one}, {name}" if one else name for one in told[here]]
    return list(told)


def _edges(first: date, last: date, zone: str) -> Array:
    """The midnights of the shop's days from the first on, and that after the last; seconds since 1970."""
    count = (last - first).days + 2
    days = [midnight(first + timedelta(days=n), zone) for n in range(count)]
    return np.array([int(one.replace(tzinfo=UTC).timestamp()) for one in days])


def _day_of(edges: Array, at: Array) -> Array:
    return (np.searchsorted(edges, at, side="right") - 1).astype(np.int32)
