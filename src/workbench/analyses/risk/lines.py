"""Three lines of defence: written rules, what is unlike the rest, and what verdicts have taught.

Time is cut into stretches of two weeks back from the end. In each, orders are scored by what was known
before it began: amounts that were usual, the rest to be unlike, and verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analyses.risk import judged
from workbench.analyses.risk.numbered import Numbered
from workbench.analyses.risk.order_features import features
from workbench.analyses.risk.order_rules import Usual, fired, telling
from workbench.errors import SourceError
from workbench.models.boosted import Boosted
from workbench.models.outliers import WAYS, Outliers, Way
from workbench.stats.arrays import Array
from workbench.stats.discrimination import auc

DAY = 86_400
STRETCH = 14 * DAY
"""How long a model is used before it is learned anew."""

_FEWEST = 20  # bad ones, and as many good, under which nothing is learned of verdicts
_TRIED = 20_000  # moments on which the two ways of finding outliers are compared
_MOST = 30_000  # good orders that are learned from
_EARLIEST = (
    200  # moments before a stretch, under which what is usual is learned of the stretch itself
)
_DOUBT = 10.0  # verdicts that what is held of a rule beforehand weighs as much as
_ROWS = 50_000  # that are scored at once
_RARE = {"min_child_weight": 1.0, "max_depth": 4, "colsample_bytree": 0.7}


@dataclass
class Scored:
    """Moments with their scores, an array each.

    Attributes:
        rows: The moments, with their features.
        rules: Which rules fire, by name.
        outlier: Share of earlier moments that were less unlike the rest.
        learned: Chance of a bad verdict as learned of verdicts; NaN where none were known.
        held: What the rules that fire were worth by then: chance that it is bad.
        way: How the outliers were found, by stretch from the latest.
        models: The models of each stretch: first and last second, outliers, trees (or None).
        closing: Days after which verdicts on orders are in.
    """

    rows: pd.DataFrame
    rules: dict[str, Array]
    outlier: Array
    learned: Array
    held: Array
    way: Way
    closing: float
    models: list[tuple[int, int, Outliers | None, Boosted | None]] = field(default_factory=list)

    @property
    def hits(self) -> Array:
        """How many rules fire at each moment."""
        hits = np.zeros(len(self.rows), dtype=np.float32)
        for fires in self.rules.values():
            hits += fires
        return hits

    def scores(self, way: str) -> Array:
        """Return the scores of one way of looking, 0..1; NaN where it cannot tell.

        Rules and outliers: the outliers' share breaks ties of the rules. Both: what neither the verdicts
        nor the rules clear.
        """
        by_rules = 1 - np.float32(0.5) ** self.hits
        if way == "rules":
            return np.asarray(by_rules)
        if way == "outliers":
            return self.outlier
        before = 1 - np.float32(0.5) ** self.hits * (1 - np.nan_to_num(self.outlier) / 2)
        if way == "rules_outliers":
            return np.asarray(before)
        if way == "verdicts":
            return self.learned
        both = 1 - (1 - self.learned) * (1 - self.held)
        return np.where(np.isnan(self.learned), before, both)


def scored(rows: pd.DataFrame, orders: Numbered, since: int, until: int) -> Scored:
    """Return the scores of every moment, each by what was known before its stretch.

    Args:
        rows: All moments, by time.
        orders: The same by their orders, with the verdicts.
        since: The first second that is to be scored.
        until: The second after the last.
    """
    at = rows["at"].to_numpy()
    closing = judged.closing_days(orders.is_bad, orders.ages)
    outlier, learned, held = (np.full(len(rows), np.nan, dtype=np.float32) for _ in range(3))
    way = _better(rows.iloc[: np.searchsorted(at, until)])
    told = Scored(rows, {}, outlier, learned, held, way, closing)
    told.held[:] = 0.0
    for start, end in _stretches(since, until):
        here = slice(*np.searchsorted(at, [start, end]))
        _score(told, here, start, end, orders)
    return told


def _closed(orders: Numbered, closing: float, count: int, start: int) -> tuple[Array, Array]:
    """The last moments of orders old enough for their verdicts, and whether these are bad.

    Of younger orders only those that went wrong are known.
    """
    verdict, last = orders.verdict(start), orders.last(count)
    if np.isnan(closing):
        return last[:0], verdict[:0] > 0
    is_old = (verdict >= 0) & (last >= 0) & (orders.placed < start - closing * DAY)
    places = np.sort(last[is_old])
    return places, verdict[orders.order[places]] > 0


def _stretches(since: int, until: int) -> Iterator[tuple[int, int]]:
    end = until
    while end > since:
        yield max(end - STRETCH, since), end
        end -= STRETCH


def _better(known: pd.DataFrame) -> Way:
    """The way by which what the rules flag is more unlike the rest: before any verdict nothing else tells."""
    rows = known.iloc[np.sort(np.random.default_rng(0).permutation(len(known))[:_TRIED])]
    usual = Usual.learn(rows)
    signs = telling(rows, usual)
    hits = np.sum([one for name, one in fired(rows, usual).items() if name in signs], axis=0) > 0
    if not np.any(hits) or np.all(hits):
        return "forest"
    given = features(rows)
    found = {way: auc(Outliers.fit(given, way).ranked(given), hits) for way in WAYS}
    return max(found, key=lambda way: found[way])


def _score(told: Scored, here: slice, start: int, end: int, orders: Numbered) -> None:
    rows = told.rows.iloc[here]
    if rows.empty:
        return
    before = told.rows.iloc[: here.start]
    base = before if len(before) >= _EARLIEST else rows
    usual = Usual.learn(base)
    signs = telling(base, usual)
    fires = {name: one for name, one in fired(rows, usual).items() if name in signs}
    for name, one in fires.items():
        told.rules.setdefault(name, np.zeros(len(told.rows), dtype=np.bool_))[here] = one
    outliers = _outliers(base, told.way)
    if outliers is not None:
        told.outlier[here] = outliers.ranked(features(rows))
    places, bad = _closed(orders, told.closing, here.start, start)
    some, share = _sampled(bad)
    closed, bad = told.rows.iloc[places[some]], bad[some]
    trees = _trees(closed, bad)
    if trees is not None:
        told.learned[here] = _chances(trees, rows, share)
    told.held[here] = _held(fires, fired(closed, usual), bad, share, len(rows))
    told.models.append((start, end, outliers, trees))


def _outliers(rows: pd.DataFrame, way: Way) -> Outliers | None:
    try:
        return Outliers.fit(features(rows), way)
    except SourceError:
        return None


def _sampled(bad: Array) -> tuple[Array, float]:
    """All bad orders and so many good ones as are learned from, and the share of the good that these are."""
    good = np.flatnonzero(~bad).astype(np.int32)
    some = good if len(good) <= _MOST else np.random.default_rng(0).permutation(good)[:_MOST]
    return np.sort(np.concatenate([np.flatnonzero(bad), some])), len(some) / max(len(good), 1)


def _trees(closed: pd.DataFrame, bad: Array) -> Boosted | None:
    """Trees that are learned of verdicts; none where too few are known."""
    if min(bad.sum(), (~bad).sum()) < _FEWEST:
        return None
    alone = "order " + closed["order"].astype(str)
    groups = closed["user_id"].astype(object).fillna(alone).to_numpy(dtype=str)
    return Boosted.fit(features(closed), bad.astype(float), groups, options=_RARE)


def _chances(trees: Boosted, rows: pd.DataFrame, kept: float) -> Array:
    """The chance of a bad verdict, put right for the good orders that were not learned from."""
    parts = [
        trees.log_odds(features(rows.iloc[first : first + _ROWS]))
        for first in range(0, len(rows), _ROWS)
    ]
    return np.asarray(1 / (1 + np.exp(-(np.concatenate(parts) + np.log(kept)))))


def _held(
    fires: Mapping[str, Array], before: Mapping[str, Array], bad: Array, share: float, count: int
) -> Array:
    """What the best rule that fires was worth: the share of bad ones of those it flagged, towards a half.

    A rule that nothing is known of is believed by half, so that a kind of fraud is looked at before
    anybody has judged it.

    Args:
        fires: By name, whether each rule fires now.
        before: The same of orders with verdicts.
        bad: Whether these are bad.
        share: Of the good ones, how many they are.
        count: How many moments are asked for.
    """
    worth = np.zeros(count)
    for name, here in fires.items():
        hits, misses = bad[before[name]].sum(), (~bad[before[name]]).sum() / max(share, 1e-9)
        rate = (hits + _DOUBT / 2) / (hits + misses + _DOUBT)
        worth = np.where(here, np.maximum(worth, rate), worth)
    return worth
