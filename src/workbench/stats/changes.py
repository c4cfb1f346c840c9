"""Did all parts of a whole change alike, or some of them otherwise than the rest?

A part's change is the logarithm of its rate by its rate before; that of several is their hits by
those that their own rates before let expect, so that another mix of parts is no change. Two
changes differ beyond chance by the normal test of their difference (an interaction test).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from workbench.stats.interval import DOUBT

_HALF = 0.5  # of a hit, so that none at all has a logarithm too (Haldane and Anscombe)


class Sides(NamedTuple):
    """A part of a whole, now and before.

    Attributes:
        now: Hits and trials.
        before: Hits and trials that it is held against.
    """

    now: tuple[int, int]
    before: tuple[int, int]


class Split(NamedTuple):
    """The parts of a whole by how they changed.

    Attributes:
        alike: Places of those that do not differ from one another beyond chance.
        odd: Places of those that differ from these, the most different first.
        change: By how much those alike changed.
    """

    alike: tuple[int, ...]
    odd: tuple[int, ...]
    change: Change

    def side(self) -> int:
        """Return −1 if those alike fell beyond chance, 1 if they rose, 0 if that is not sure."""
        return 0 if self.change.chance() >= DOUBT else -1 if self.change.size < 0 else 1


Reach = Literal["all", "alike", "all_but", "most", "one"]
"""Whom a change reaches: all, where no parts are told apart; all parts alike, all but some, all but
most of all some; or one alone."""


class Change(NamedTuple):
    """How much some parts changed.

    Attributes:
        size: Logarithm of their rate by that before: below 0 where it fell.
        error: Its variance.
    """

    size: float
    error: float

    def chance(self, other: Change | None = None) -> float:
        """Return the chance of so large a change, or of such a difference to another, either way."""
        size, error = self if other is None else (self.size - other.size, self.error + other.error)
        return math.erfc(abs(size) / math.sqrt(2 * error))


def change(parts: Sequence[Sides], spread: float = 1.0) -> Change:
    """Return how much parts changed, each against its own rate before.

    Args:
        parts: With trials on both sides.
        spread: By how much they vary more than the binomial.
    """
    hits, expected, now, before = _HALF, _HALF, 0.0, 0.0
    for (own, trials), (own_before, trials_before) in parts:
        usual = (own_before + _HALF) / (trials_before + 2 * _HALF)
        rate = (own + _HALF) / (trials + 2 * _HALF)
        hits, expected = hits + own, expected + trials * usual
        now += trials * rate * (1 - rate)
        before += trials**2 * usual * (1 - usual) / trials_before
    return Change(math.log(hits / expected), spread * (now / hits**2 + before / expected**2))


def split(parts: Sequence[Sides], spread: float = 1.0) -> Split:
    """Return which parts changed alike, and which otherwise.

    The part that differs most surely from all others together is set apart, as long as one does
    beyond chance (Bonferroni over the parts); then the next. Of two, the one that changed more.

    Args:
        parts: Those without trials on a side are in neither.
        spread: By how much they vary more than the binomial.
    """
    rest = [k for k, one in enumerate(parts) if one.now[1] and one.before[1]]
    odd: list[int] = []
    many = len(rest)
    while len(rest) > 1:
        found = []
        for k in rest:
            own = change([parts[k]], spread)
            others = change([parts[j] for j in rest if j != k], spread)
            found.append((round(own.chance(others), 12), -abs(own.size), k))
        chance, _size, most = min(found)
        if chance * many >= DOUBT:
            break
        odd.append(most)
        rest.remove(most)
    whole = change([parts[k] for k in rest], spread) if rest else Change(0.0, 1.0)
    return Split(tuple(rest), tuple(odd), whole)


def reach(parts: Sequence[Sides], found: Split) -> tuple[Reach, list[int]]:
    """Return whom a change of those alike reaches, and which parts are told apart from them.

    Args:
        parts: As `split` was given them.
        found: What it found.
    """
    sizes = {k: change([parts[k]]).size * found.side() for k in found.odd}
    more = [k for k, size in sizes.items() if size > abs(found.change.size)]
    if more:
        return "most", more
    return ("all_but", list(found.odd)) if found.odd else ("alike", [])
