"""The funnel's semantics once more, in plain Python and as slow as they are plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any


@dataclass(frozen=True)
class Event:
    user_id: str
    event: str | None
    occurred_at: datetime
    platform: str | None = None


Serves = Callable[[Event], bool]


@dataclass(frozen=True)
class Rules:
    """The options of `levels`; exclusions as (serves, after, before), groups of steps from 1."""

    serves: Sequence[Serves]
    window: timedelta
    order: str = "ordered"
    entry: str = "best"
    increasing: bool = False
    once: bool = False
    exclusions: Sequence[tuple[Serves, int, int]] = ()
    groups: Sequence[Sequence[int]] = field(default=())


Times = list[datetime]


def instants(log: Sequence[Event]) -> list[datetime]:
    return sorted({e.occurred_at for e in log})


def can_take(here: Sequence[Event], steps: Sequence[Serves], rules: Rules) -> bool:
    """Whether the events of one instant can serve these steps."""
    if rules.increasing:
        return len(steps) == 1 and any(steps[0](e) for e in here)
    if rules.once or rules.order != "ordered":
        return any(
            all(fits(e) for fits, e in zip(steps, chosen, strict=True))
            for chosen in permutations(here, len(steps))
        )
    return all(any(fits(e) for e in here) for fits in steps)


def goes_on(here: Sequence[Event], came: int, left: int, rules: Rules) -> bool:
    """Whether the order lets an attempt that came and left with so many steps leave an instant."""
    if rules.order == "strict":
        return len(here) == left - came
    if rules.order == "strict_order":
        allowed = rules.serves[came - 1 : left]
        return all(any(fits(e) for fits in allowed) for e in here)
    return True


def chain(log: Sequence[Event], start: datetime, rules: Rules) -> Times:
    """The instants at which the attempt that starts at `start` reaches its steps."""
    times: Times = []
    n = len(rules.serves)
    for now in instants(log):
        if not start <= now <= start + rules.window or len(times) == n:
            continue
        here = [e for e in log if e.occurred_at == now]
        came = len(times)
        for m in range(n, came, -1):
            if can_take(here, rules.serves[came:m], rules):
                times += [now] * (m - came)
                break
        if now > start and not goes_on(here, came, len(times), rules):
            break
    return times


def disqualified(log: Sequence[Event], times: Times, rules: Rules) -> bool:
    for fits, after, before in rules.exclusions:
        if len(times) < after:
            continue
        end = times[before - 1] if len(times) >= before else times[0] + rules.window
        if any(fits(e) and times[after - 1] < e.occurred_at < end for e in log):
            return True
    return False


def matched(pool: Sequence[Sequence[Event]], steps: Sequence[Serves]) -> int:
    """How many steps can be served, each by another member of the pool."""
    if not steps:
        return 0
    best = matched(pool, steps[1:])
    for place, member in enumerate(pool):
        if any(steps[0](e) for e in member):
            rest = [*pool[:place], *pool[place + 1 :]]
            best = max(best, 1 + matched(rest, steps[1:]))
    return best


def ranks(
    log: Sequence[Event], start: datetime, steps: Sequence[Serves], rules: Rules
) -> list[tuple[datetime, int]]:
    """How many steps an unordered attempt has completed by each instant."""
    inside = [e for e in log if start <= e.occurred_at <= start + rules.window]
    useful = [e for e in inside if any(fits(e) for fits in steps)]
    found = []
    for now in instants(useful):
        pool = [[e] for e in useful if e.occurred_at <= now]
        if rules.increasing:
            pool = [[e for e in useful if e.occurred_at == t] for t in instants(useful) if t <= now]
        found.append((now, matched(pool, steps)))
    return found


def completions(log: Sequence[Event], start: datetime, rules: Rules) -> Times:
    """The instants at which an unordered attempt completes its first step, its second, …."""
    times: Times = []
    for now, rank in ranks(log, start, rules.serves, rules):
        times += [now] * (rank - len(times))
    for fits, _, _ in rules.exclusions:
        met = [e.occurred_at for e in log if fits(e) and e.occurred_at > start]
        times = [time for time in times if not any(one < time for one in met)]
    return times


def attempt(log: Sequence[Event], rules: Rules) -> Times:
    """The instants of the attempt of one user that counts; empty if there is none."""
    loose = rules.order == "unordered"
    first = rules.serves if loose else rules.serves[:1]
    starts = instants([e for e in log if any(fits(e) for fits in first)])
    if rules.entry == "first":
        starts = starts[:1]
    every = [(completions if loose else chain)(log, start, rules) for start in starts]
    if not loose:
        every = [times for times in every if not disqualified(log, times, rules)]
    if not every:
        return []
    level = max(len(times) for times in every)
    furthest = [times for times in every if len(times) == level]
    done = min(times[-1] for times in furthest)
    return max((times for times in furthest if times[-1] == done), key=lambda times: times[0])


def reached_by(log: Sequence[Event], times: Times, k: int, rules: Rules) -> list[Event]:
    """The events by which an attempt can have reached its k-th step."""
    here = [e for e in log if e.occurred_at == times[k - 1]]
    if rules.order != "unordered":
        return [e for e in here if rules.serves[k - 1](e)]
    found = []
    groups = [range(1, len(rules.serves) + 1)] if rules.increasing else rules.groups
    for group in groups:
        steps = [rules.serves[i - 1] for i in group]
        before = 0
        for now, rank in ranks(log, times[0], steps, rules):
            if now == times[k - 1] and rank > before:
                found += [e for e in here if any(fits(e) for fits in steps)]
            before = rank
    return found


def value(log: Sequence[Event], times: Times, attribution: str | int, rules: Rules) -> str | None:
    """The platform that counts for one attempt."""
    at_steps = [
        min(
            (e.platform for e in reached_by(log, times, k, rules) if e.platform is not None),
            default=None,
        )
        for k in range(1, len(times) + 1)
    ]
    if isinstance(attribution, int):
        return at_steps[attribution - 1]
    if attribution == "last":
        at_steps.reverse()
    return next((found for found in at_steps if found is not None), None)


def levels(
    log: Sequence[Event],
    rules: Rules,
    *,
    attribution: str | int | None = None,
    top: int = 10,
) -> set[tuple[Any, ...]]:
    """One tuple a user (and segment): user, segment, instants up to the level."""
    if attribution == "all":
        return _each_value(log, rules, top)
    rows: list[tuple[str, str | None, Times]] = []
    for user in sorted({e.user_id for e in log}):
        own = [e for e in log if e.user_id == user]
        times = attempt(own, rules)
        if not times or (isinstance(attribution, int) and len(times) < attribution):
            continue
        found = value(own, times, attribution, rules) if attribution else None
        rows.append((user, found, times))
    kept = largest([platform for _, platform, _ in rows], top)
    return {
        (user, platform if platform in kept else "Other", *times) for user, platform, times in rows
    }


def _each_value(log: Sequence[Event], rules: Rules, top: int) -> set[tuple[Any, ...]]:
    first = rules.serves if rules.order == "unordered" else rules.serves[:1]
    entered = {(e.user_id, e.platform) for e in log if any(fits(e) for fits in first)}
    kept = largest([platform for _, platform in entered], top)
    renamed = [
        Event(e.user_id, e.event, e.occurred_at, e.platform if e.platform in kept else "Other")
        for e in log
    ]
    rows = []
    for user, platform in sorted({(e.user_id, str(e.platform)) for e in renamed}):
        part = [e for e in renamed if e.user_id == user and str(e.platform) == platform]
        times = attempt(part, rules)
        if times:
            rows.append((user, part[0].platform, *times))
    return set(rows)


def largest(platforms: Sequence[str | None], top: int) -> set[str | None]:
    """The `top` most frequent values; of equal ones the missing first, then by alphabet."""
    ranked = sorted(
        set(platforms), key=lambda p: (-list(platforms).count(p), p is not None, p or "")
    )
    return set(ranked[:top])
