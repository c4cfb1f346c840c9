"""Rates of people with their doubt: intervals, differences, and whether a change is chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import stats

from workbench.stats.interval import DOUBT, FEWEST, UNKNOWN, Interval, Z


def wilson(hits: int, trials: int) -> Interval:
    """Return a rate with its 95 % interval: `(rate, low, high)`, all NaN without trials.

    Wilson's score interval (1927): it stays inside 0..1 and holds for few trials too.
    """
    if trials == 0:
        return UNKNOWN
    rate = hits / trials
    centre = rate + Z**2 / (2 * trials)
    spread = Z * math.sqrt(rate * (1 - rate) / trials + Z**2 / (4 * trials**2))
    scale = 1 + Z**2 / trials
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Interval(rate, 0.0 if hits == 0 else low, 1.0 if hits == trials else high)


def difference(now: tuple[int, int], before: tuple[int, int]) -> Interval:
    """Return how much a rate changed with its 95 % interval, Newcombe's of 1998.

    Args:
        now: Hits and trials.
        before: Hits and trials to compare with.
    """
    return wilson(*now).minus(wilson(*before))


def p_value(now: tuple[int, int], before: tuple[int, int]) -> float:
    """Return the chance of so large a difference of two rates if there were none.

    The two-sided test of two proportions with a pooled rate. Where fewer than five hits or misses
    are expected on a side nothing can be claimed: 1. NaN where a side has no trials.

    Args:
        now: Hits and trials.
        before: Hits and trials to compare with.
    """
    (hits, trials), (hits_before, trials_before) = now, before
    if trials == 0 or trials_before == 0:
        return math.nan
    pooled = (hits + hits_before) / (trials + trials_before)
    if min(trials, trials_before) * min(pooled, 1 - pooled) < FEWEST:
        return 1.0
    error = math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / trials_before))
    z = (hits / trials - hits_before / trials_before) / error
    return math.erfc(abs(z) / math.sqrt(2))


def fewer(own: tuple[int, int], other: tuple[int, int]) -> float:
    """Return the chance of so few hits or fewer if both rates were the same.

    Fisher's exact test, one-sided: it holds for a handful, too.

    Args:
        own: Hits and trials.
        other: Hits and trials to compare with.
    """
    hits, trials = own[0] + other[0], own[1] + other[1]
    return float(stats.hypergeom.cdf(own[0], trials, hits, own[1]))


class Contrast(NamedTuple):
    """A part of a whole beside all other parts: sorts by how sure the difference is.

    Attributes:
        p_value: The chance of so large a difference if there were none; 1 if it cannot be tested.
        part: Which part it is.
        rate: Its rate.
        rest: The rate of the others together.
    """

    p_value: float
    part: int
    rate: float
    rest: float


def contrasts(parts: Sequence[tuple[int, int]]) -> list[Contrast]:
    """Return how each part differs from all others together.

    Args:
        parts: Hits and trials of each.
    """
    hits, trials = (sum(column) for column in zip(*parts, strict=True))
    found = []
    for part, own in enumerate(parts):
        rest = (hits - own[0], trials - own[1])
        chance = p_value(own, rest)
        found.append(
            Contrast(1.0 if math.isnan(chance) else chance, part, wilson(*own)[0], wilson(*rest)[0])
        )
    return found


def beyond_the_rest(parts: Sequence[tuple[int, int]]) -> list[int]:
    """Return the parts that differ from all others beyond chance, to the side of the surest one.

    The part that differs most surely from all others together is set aside, the latest of equally
    sure ones, as long as one does beyond chance (Bonferroni over the parts); then the next. So several
    parts that are alike are named together, and none of them alone.

    Args:
        parts: Hits and trials of each.

    Returns:
        Their places, the surest first.
    """
    left, found = list(range(len(parts))), []
    while len(left) > 1:
        one = min(contrasts([parts[k] for k in left]), key=lambda part: (part.p_value, -part.part))
        if one.p_value * len(parts) >= DOUBT:
            break
        found.append((left.pop(one.part), one.rate < one.rest))
    return [place for place, is_low in found if is_low == found[0][1]]


def set_apart(parts: Sequence[tuple[int, int]], comparisons: int) -> list[Contrast]:
    """Return the parts below all others together beyond chance; or one above others that are alike.

    One that is far above the others makes each of these look low. So where the others do not differ
    from one another it is this one, unless most of all trials are its own.

    Args:
        parts: Hits and trials of each.
        comparisons: How many are made in all (Bonferroni).
    """

    def odd(some: Sequence[tuple[int, int]]) -> list[Contrast]:
        return [one for one in contrasts(some) if one.p_value * comparisons < DOUBT]

    found = odd(parts)
    above = min((one for one in found if one.rate > one.rest), default=None)
    if above is not None:
        others = [own for place, own in enumerate(parts) if place != above.part]
        trials = sum(trials for _hits, trials in others)
        are_several = sum(trials > 0 for _hits, trials in others) > 1
        if are_several and parts[above.part][1] <= trials and not odd(others):
            return [above]
    return [one for one in found if one.rate < one.rest]
