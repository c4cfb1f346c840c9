"""What the clock of a zone showed, in UTC: SQL for DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FEW = 8  # changes of a clock that are cheaper to write out than to ask the engine about
_MICROS = timedelta(microseconds=1)


def from_clock(value: str, zone: str) -> str:
    """Return SQL for the instant at which the clock of `zone` showed `value`.

    A time that the clock skipped when it went forward never was: NULL. One that it showed twice
    when it went back is taken as the second, as the engine does.
    """
    if zone == "UTC":
        return value
    changes = _changes(zone)
    if len(changes) > _FEW:
        there = f"timezone('{zone}', {value})"
        return (
            f"CASE WHEN timezone('{zone}', {there}) = {value} "
            f"THEN make_timestamp(epoch_us({there})) END"
        )
    first = changes[0][1] if changes else _offset(_FIRST, zone)
    cases = ""
    for at, before, after in reversed(changes):
        cases += f"WHEN {value} >= {_local(at, after)} THEN {after} "
        if after > before:
            cases += f"WHEN {value} >= {_local(at, before)} THEN NULL "
    offset = f"CASE {cases}ELSE {first} END" if cases else str(first)
    return f"make_timestamp(epoch_us({value}) - {offset})"


def _local(at: datetime, offset: int) -> str:
    return f"TIMESTAMP '{at.replace(tzinfo=None) + offset * _MICROS}'"


def _offset(instant: datetime, zone: str) -> int:
    """What the zone's clock is ahead of UTC, in microseconds."""
    shift = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return shift // _MICROS


@cache
def _changes(zone: str) -> list[tuple[datetime, int, int]]:
    """When the clock changed, in UTC, and its offsets before and after; more than a few are cut off.

    No zone of those that change seldom has ever changed twice in a week.
    """
    found: list[tuple[datetime, int, int]] = []
    week, before = _FIRST, _offset(_FIRST, zone)
    while week < _LAST and len(found) <= _FEW:
        following = week + timedelta(weeks=1)
        after = _offset(following, zone)
        if before != after:
            low, high = week, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
            found.append((high.replace(microsecond=0), before, after))
        week, before = following, after
    return found
