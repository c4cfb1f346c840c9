"""By which rules an attempt is judged, and which rules no funnel has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from workbench.errors import ParameterError, unknown
from workbench.paths.hits import Exclusion, Step, check_step, may_share

SEQUENCES = ("ordered", "strict_order", "strict", "unordered")
ENTRIES = ("best", "first")


@dataclass(frozen=True)
class Options:
    """The rules of one funnel, but for its steps, which `hits` has turned into columns.

    Attributes:
        n: How many steps there are.
        window: How long an attempt may take, inclusive.
        sequence: As `levels`.
        entry: As `levels`.
        strictly_increasing: As `levels`.
        each_event_once: As `levels`.
        spans: For each exclusion, after and before which step (1-based) it holds.
        groups: The steps (1-based) in groups: only steps of the same one can share an event, or
            an instant where it may serve one step only.
    """

    n: int
    window: timedelta
    sequence: str = "ordered"
    entry: str = "best"
    strictly_increasing: bool = False
    each_event_once: bool = False
    spans: tuple[tuple[int, int], ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()

    @property
    def all_events_count(self) -> bool:
        """Whether events that serve no step can end an attempt."""
        return self.sequence in {"strict_order", "strict"}

    @property
    def each_once(self) -> bool:
        """Whether no event may serve several steps: everywhere but in an ordered funnel."""
        return self.each_event_once or self.sequence != "ordered"

    @property
    def is_plain(self) -> bool:
        """Whether the latest start of an attempt tells all about it."""
        shared = self.each_once and any(len(group) > 1 for group in self.groups)
        return (
            self.sequence == "ordered"
            and not self.spans
            and (self.strictly_increasing or not shared)
        )


def options_of(
    steps: Sequence[Step],
    window: timedelta,
    *,
    sequence: str = "ordered",
    entry: str = "best",
    strictly_increasing: bool = False,
    each_event_once: bool = False,
    exclusions: Sequence[Exclusion] = (),
) -> Options:
    """Return the rules of a funnel, all of them checked; the arguments are those of `levels`.

    Raises:
        ParameterError: If one is what no funnel has.
    """
    if isinstance(steps, str) or not isinstance(steps, Sequence) or not steps:
        raise ParameterError(f"steps == {steps!r}, must be a list of at least one event")
    for k, step in enumerate(steps, start=1):
        check_step(f"step {k}", step)
    if not isinstance(window, timedelta):
        raise ParameterError(f"window == {window!r}, must be a timedelta")
    if window <= timedelta():
        raise ParameterError(f"window == {window}, must be longer than nothing")
    if sequence not in SEQUENCES:
        raise ParameterError(unknown("sequence", sequence, SEQUENCES))
    if entry not in ENTRIES:
        raise ParameterError(unknown("entry", entry, ENTRIES))
    if not isinstance(exclusions, Sequence):
        raise ParameterError(f"exclusions == {exclusions!r}, must be a list of Exclusion")
    for exclusion in exclusions:
        _check_exclusion(exclusion, sequence, len(steps))
    one_each = strictly_increasing and sequence == "unordered"  # of an instant, whatever it serves
    return Options(
        n=len(steps),
        window=window,
        sequence=sequence,
        entry=entry,
        strictly_increasing=strictly_increasing,
        each_event_once=each_event_once,
        spans=tuple((one.after, one.before) for one in exclusions),
        groups=(tuple(range(1, len(steps) + 1)),) if one_each else _groups(steps),
    )


def _check_exclusion(exclusion: Exclusion, sequence: str, n: int) -> None:
    if not isinstance(exclusion, Exclusion):
        raise ParameterError(f"exclusion == {exclusion!r}, must be an Exclusion")
    check_step("exclusion", exclusion.event)
    after, before = exclusion.after, exclusion.before
    for name, step in (("after", after), ("before", before)):
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= n:
            raise ParameterError(f"{name} == {step!r}, must be a step: 1..{n}")
    if after >= before:
        raise ParameterError(f"after == {after}, must be less than before == {before}")
    if sequence == "unordered" and (after, before) != (1, n):
        raise ParameterError(
            f"after == {after} and before == {before}, must be 1 and {n}: "
            "exclusions of an unordered funnel span all steps"
        )


def _groups(steps: Sequence[Step]) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = []
    for k, step in enumerate(steps, start=1):
        near = [g for g in groups if any(may_share(steps[i - 1], step) for i in g)]
        groups = [g for g in groups if g not in near]
        groups.append(sorted([k, *(i for g in near for i in g)]))
    return tuple(map(tuple, sorted(groups)))
