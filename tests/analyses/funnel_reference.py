"""The funnel's semantics once more, in plain Python and as slow as they are plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Event:
    user_id: str
    event: str | None
    occurred_at: datetime
    platform: str | None = None


Row = tuple[str, tuple[datetime | None, ...]]


def chain(
    log: Sequence[Event],
    serves: Sequence[Callable[[Event], bool]],
    start: datetime,
    window: timedelta,
    *,
    strict: bool,
) -> list[datetime]:
    """The instants at which the attempt that starts at `start` reaches its steps."""
    times = [start]
    for fits in serves[1:]:
        later = [
            e.occurred_at
            for e in log
            if fits(e)
            and (e.occurred_at > times[-1] if strict else e.occurred_at >= times[-1])
            and e.occurred_at <= start + window
        ]
        if not later:
            break
        times.append(min(later))
    return times


def attempt(
    log: Sequence[Event],
    serves: Sequence[Callable[[Event], bool]],
    window: timedelta,
    *,
    entry: str,
    strict: bool,
) -> list[datetime]:
    """The instants of the attempt of one user that counts; empty if there is none."""
    starts = [e.occurred_at for e in log if serves[0](e)]
    if not starts:
        return []
    if entry == "first":
        return chain(log, serves, min(starts), window, strict=strict)
    every = [chain(log, serves, start, window, strict=strict) for start in starts]
    level = max(len(times) for times in every)
    furthest = [times for times in every if len(times) == level]
    done = min(times[-1] for times in furthest)
    return max((times for times in furthest if times[-1] == done), key=lambda times: times[0])


def value(
    log: Sequence[Event],
    serves: Sequence[Callable[[Event], bool]],
    times: Sequence[datetime],
    attribution: str | int,
) -> str | None:
    """The platform that counts for one attempt."""
    at_steps = [
        min(
            (
                e.platform
                for e in log
                if fits(e) and e.occurred_at == time and e.platform is not None
            ),
            default=None,
        )
        for fits, time in zip(serves, times, strict=False)
    ]
    if isinstance(attribution, int):
        return at_steps[attribution - 1]
    if attribution == "last":
        at_steps.reverse()
    return next((found for found in at_steps if found is not None), None)


def levels(
    log: Sequence[Event],
    serves: Sequence[Callable[[Event], bool]],
    *,
    window: timedelta,
    entry: str,
    strict: bool = False,
    attribution: str | int | None = None,
    top: int = 10,
) -> set[tuple[Any, ...]]:
    """One tuple a user (and segment): user, segment, instants up to the level."""
    users = sorted({e.user_id for e in log})
    own = {user: [e for e in log if e.user_id == user] for user in users}
    rows: list[tuple[str, str | None, list[datetime]]] = []
    if attribution == "all":
        entered = {(e.user_id, e.platform) for e in log if serves[0](e)}
        kept = largest([platform for _, platform in entered], top)
        renamed = [
            Event(e.user_id, e.event, e.occurred_at, e.platform if e.platform in kept else "Other")
            for e in log
        ]
        for user, platform in sorted({(e.user_id, str(e.platform)) for e in renamed}):
            part = [e for e in renamed if e.user_id == user and str(e.platform) == platform]
            times = attempt(part, serves, window, entry=entry, strict=strict)
            if times:
                rows.append((user, part[0].platform, times))
        return {(user, platform, *times) for user, platform, times in rows}
    for user in users:
        times = attempt(own[user], serves, window, entry=entry, strict=strict)
        if not times or (isinstance(attribution, int) and len(times) < attribution):
            continue
        found = value(own[user], serves, times, attribution) if attribution else None
        rows.append((user, found, times))
    kept = largest([platform for _, platform, _ in rows], top)
    return {
        (user, platform if platform in kept else "Other", *times) for user, platform, times in rows
    }


def largest(platforms: Sequence[str | None], top: int) -> set[str | None]:
    """The `top` most frequent values; of equal ones the missing first, then by alphabet."""
    ranked = sorted(
        set(platforms), key=lambda p: (-list(platforms).count(p), p is not None, p or "")
    )
    return set(ranked[:top])
