"""From a scope to a funnel: which users left where, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from workbench.analyses.funnel import conversion, leaks
from workbench.analyses.funnel.counts import (
    Counts,
    reached,
    step_frame,
    time_frame,
    time_histogram,
    weekly_frame,
)
from workbench.analyses.funnel.decomposition import decomposition_frame
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.funnel.intakes import Question, collect
from workbench.analyses.funnel.segments import (
    beside_users,
    lacking,
    noun,
    onward_rates,
    present,
    segment_frame,
)
from workbench.errors import ParameterError
from workbench.kit import gaps
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.paths.daily import COLUMNS, daily_counts, stretch
from workbench.paths.drops import find
from workbench.paths.journey import journey
from workbench.paths.options import options_of
from workbench.paths.pauses import own_window

_LONGEST, _USUAL = 90, 7
_BETWEEN = {
    "ordered": message(
        "An attempt starts at the first step. Other events may lie between the steps, and "
        "steps at the same instant may follow one another."
    ),
    "strict_order": message(
        "An attempt starts at the first step. Between the steps may lie only repeats of the "
        "step just reached: any other event ends the attempt. Events at the same instant "
        "count in the order that brings the attempt on."
    ),
    "strict": message(
        "An attempt starts at the first step. The steps follow one another directly: any "
        "event between them ends the attempt. Events at the same instant count in the order "
        "that brings the attempt on."
    ),
    "unordered": message(
        "An attempt starts at any step. The steps may come in any order, with other events "
        "between them; what counts is how many of them were completed, each by an event of "
        "its own."
    ),
}
_ENTRY = {
    "best": message(
        "A user counts once, with the best attempt of the period: the one that came furthest, "
        "of those the one that got there first, of those the one that started last."
    ),
    "first": message("A user counts once, with the first attempt of the period."),
}


def diagnose(
    scope: Scope,
    steps: Sequence[str] = (),
    *,
    window_days: int = _USUAL,
    sequence: str = "ordered",
    entry: str = "best",
    by: str = "",
) -> Funnel:
    """Return where users left who started in a period, and what changed against the one before.

    Read are the events of the scope's platform up to its end, or the purchases of a shop without
    events; by its purchases lost users are priced, without orders by the `value` of the last
    step's events. The rates cover the attempts whose window has passed by the scope's end, or by
    that of the data if they end before. As that leaves out the period's last days, the period
    before is compared over as many of its days from its start. A change of a step rate counts as
    beyond chance if the p-value of the two-proportion test, times the number of changes looked at
    (Bonferroni), is below 0.05. Leaks are looked for over the days of both periods, day by day,
    whatever the sequence of all steps: see `Funnel.leaks`.

    Args:
        scope: What is looked at: attempts start in its period.
        steps: At least two events in order (in any, if `sequence` is `"unordered"`: the result's
            steps are then the number of them that users completed); empty means the shop's own.
        window_days: How many days an attempt may take, inclusive; 1..90. Of orders alone, which no 7
            days hold, the usual 7 stand for what the shop's own pauses say (`paths.pauses`); the
            attempts are then those of as many days as the period has, the last ones that are ripe.
        sequence: As `paths.levels`.
        entry: As `paths.levels`, among the attempts that start in the period.
        by: A column of `events`, or of `users`, whose first value in an attempt tells segments apart;
            empty means none. A column of the contract that these events lack is no error: `Funnel.missing`
            then says so.

    Raises:
        ParameterError: If an argument is not what it may be, or no event is of the platform.
        MissingData: If there are neither events nor orders of users.
    """
    path = beside_users(scope, journey(scope, steps), by)
    if len(path.steps) == 1:
        raise ParameterError(f"steps == {list(path.steps)}, must name at least two events")
    if isinstance(window_days, bool) or window_days not in range(1, _LONGEST + 1):
        raise ParameterError(f"window_days == {window_days!r}, must be in 1..{_LONGEST}")
    if path.is_from_orders and window_days == _USUAL:
        window_days = own_window(scope, path)
    window = timedelta(days=window_days)
    options = options_of(path.steps, window, sequence=sequence, entry=entry)
    names = path.steps if sequence != "unordered" else _numbered(len(path.steps))
    return _funnel(Question(scope, path, options, names, present(path, by)), by)


def _numbered(n: int) -> tuple[str, ...]:
    """What the steps are called where they may come in any order: how many of them."""
    return tuple(say("{done} of {all} steps", done=k, all=n) for k in range(1, n + 1))


def _funnel(question: Question, by: str) -> Funnel:
    """The answer; `by` is the column to compare by, also where the events lack it."""
    scope, steps, n = question.scope, question.steps, len(question.steps)
    collected = collect(question)
    now, before, immature = (
        collected.counts[collected.counts["intake"] == question.place(name)]
        for name in ("current", "previous", "immature")
    )
    past = before if question.has("previous") and question.has("current") else None
    total = Counts(reached(now, n), None if past is None else reached(past, n))
    frame = step_frame(total, steps, n - 1)
    segments = segment_frame(now, past, question)
    undecided = reached(immature, n)
    daily, dear = _leaks(question, frame, segments)
    gap = lacking(by) if by != question.by else ""
    return Funnel(
        scope=scope,
        steps=frame,
        segments=segments,
        decomposition=decomposition_frame(segments),
        leaks=dear,
        daily=daily,
        weekly=weekly_frame(collected.counts, question),
        immature=pd.DataFrame({"step": range(1, n + 1), "event": steps, "users": undecided}),
        time_to_convert=time_frame(collected.seconds),
        time_histogram=time_histogram(
            collected.seconds,
            question.options.window.total_seconds(),
            by_day=bool(question.path.by_day),
        ),
        dropped_users=collected.dropped,
        findings=(
            *_gaps(question),
            *leaks.findings(dear, steps, question.by, scope),
            *conversion.findings(question, frame, segments, undecided[0]),
        ),
        metrics=conversion.metrics(question, frame),
        rules=_rules(question),
        missing=(*question.path.missing, *([gap] if gap else [])),
        by=question.by,
        uncompared=gap or ("" if by else say("No column was named by which to compare users.")),
    )


def _gaps(question: Question) -> tuple[Finding, ...]:
    """The days without data that the report would have to compare, named first."""
    table = "orders" if question.path.is_from_orders else "events"
    then = say(
        "No rate holds attempts that began on these days, or up to {window:duration} before.",
        window=question.options.window,
    )
    return gaps.told(question.scope, table, then)


def _leaks(
    question: Question, steps: pd.DataFrame, segments: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`Funnel.daily` and `Funnel.leaks`; empty where steps have no order, or without data."""
    scope, path, by = question.scope, question.path, question.by
    if path.since is None or question.options.sequence == "unordered":
        return pd.DataFrame({name: [] for name in COLUMNS}), leaks.leak_frame([], "UTC", {}, {})
    days = stretch(scope.period, path.since)
    daily = daily_counts(path, days, window=question.options.window, by=by)
    drops = find(daily, scope.period.previous().first)
    prices = leaks.average_order(scope, path, days, by) if drops else {}
    onward = onward_rates(steps, segments)
    return daily, leaks.leak_frame(drops, scope.time_zone, onward, prices)


def _rules(question: Question) -> tuple[str, ...]:
    """By which rules the funnel was counted, for the reader of its page."""
    options, by = question.options, question.by
    told: tuple[str, ...] = (
        say(_BETWEEN[options.sequence]),
        say(_ENTRY[options.entry]),
        say(
            "The last step counts if it comes within {window:duration} of the first, that instant "
            "included. Attempts that started too late for that by the end of the period, or of the "
            "data, are shown apart.",
            window=options.window,
        ),
        say(
            "A week owns the attempts that start in it, wherever they end. Each week is counted for "
            "itself; a longer period gives a user more attempts, so its rate is higher."
        ),
        say(
            "Step rate: share of the users at the step before. Overall rate: share of the users "
            "at the first step. Intervals are Wilson's, at 95 %."
        ),
    )
    if question.path.is_from_orders:
        ripe = say(
            "From order to order users take their time: looked at are the first orders of as many "
            "days as the period has, the last ones that are {window:duration} old.",
            window=options.window,
        )
        told = (*told, ripe)
    if question.path.by_day:
        by_days = say(
            "Known by the day only: {steps:names}. Where such a step comes before or after another "
            "one, their days are compared, and times between them are whole days.",
            steps=question.path.by_day,
        )
        told = (*told, by_days)
    if not by:
        return told
    first = say("A user belongs to the first {by:lower} that is known of the attempt.", by=noun(by))
    return (*told, first)
