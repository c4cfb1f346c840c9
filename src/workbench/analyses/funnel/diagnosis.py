"""From a scope to a funnel: which users left where, and what changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pandas as pd

from workbench.analyses.funnel import conversion, few, leaks, silent
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
from workbench.analyses.funnel.headline import tiles
from workbench.analyses.funnel.intakes import (
    Collected,
    collect,
    folded,
    searching,
    searching_again,
)
from workbench.analyses.funnel.leak_chart import drawn
from workbench.analyses.funnel.question import Question
from workbench.analyses.funnel.segments import (
    beside_users,
    lacking,
    names_of,
    noun,
    onward_rates,
    present,
    segment_frame,
)
from workbench.analyses.funnel.weeks import weekly
from workbench.customers.worth import average_order
from workbench.errors import ParameterError
from workbench.kit import gaps
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.paths.daily import COLUMNS, searched
from workbench.paths.drops import find
from workbench.paths.journey import journey
from workbench.paths.options import options_of
from workbench.paths.pauses import own_window
from workbench.periods import Period

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
    question, whole, collected = _asked(question)
    scope, steps, n = question.scope, question.steps, len(question.steps)
    drops, small = question.drops, _small(question, collected.counts)
    collected = collected.folding(small) if small else collected
    now, before, immature = (
        collected.counts[collected.counts["intake"] == question.place(name)]
        for name in ("current", "previous", "immature")
    )
    past = before if question.has("previous") and question.has("current") else None
    total = few.told_in_all(
        Counts(reached(now, n), None if past is None else reached(past, n)), scope
    )
    past = None if total.before is None else past
    parts = len(names_of(now)) if by == question.by and by else 0
    comparisons = (n - 1) * (1 + (parts if parts > 1 else 0))
    frame = step_frame(total, steps, comparisons)
    segments = segment_frame(now, past, question, comparisons)
    undecided = reached(immature, n)
    onward = onward_rates(frame, segments)
    prices = average_order(scope, question.path, _days(whole, scope), question.by) if drops else {}
    every = leaks.leak_frame(drops, scope, onward, prices, question.by)
    daily, dear = few.told_by_day(whole, scope), few.told_leaks(every, scope)
    current, history = leaks.findings(dear, steps, question.by, scope)
    week = weekly(question, few.told_weeks(collected.weeks, scope.fewest))
    gap = lacking(by) if by != question.by else ""
    by_week = few.told_by_week(weekly_frame(collected.counts, question), scope.fewest)
    headline = conversion.metrics(question, frame, week)
    found = Funnel(
        scope=scope,
        steps=frame,
        segments=segments,
        decomposition=decomposition_frame(segments),
        leaks=dear,
        daily=daily,
        leak_days=drawn(dear, whole, scope),
        weekly=by_week,
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
            *silent.findings(whole, question.by, scope),
            *current,
            *conversion.findings(question, (frame, segments), week, collected.past, undecided[0]),
            *history,
        ),
        metrics=headline,
        tiles=tuple(tiles(question, headline, week, (frame, by_week, dear))),
        rules=_rules(question),
        missing=(*question.path.missing, *([gap] if gap else [])),
        by=question.by,
        uncompared=gap or ("" if by else say("No column was named by which to compare users.")),
    )
    if small or scope.fewest:
        return replace(found, owners=partial(_funnel, replace(question, scope=scope.whole), by))
    if daily is whole and len(dear) == len(every):
        return found
    whole_days = drawn(every, whole, scope.whole)
    return replace(
        found,
        owners=partial(replace, found, daily=whole, leaks=every, leak_days=whole_days, owners=None),
    )


def _gaps(question: Question) -> tuple[Finding, ...]:
    """The days without data that the report would have to compare, named first."""
    table = "orders" if question.path.is_from_orders else "events"
    then = say(
        "No rate holds attempts that began on these days, or up to {window:duration} before.",
        window=question.options.window,
    )
    return gaps.told(question.scope, table, then)


def _asked(question: Question) -> tuple[Question, pd.DataFrame, Collected]:
    """The question with what was low, `Funnel.daily`, and what users did."""
    if not (question.by and question.scope.min_group):
        question, daily = _searched(question, None)
        with searching(question) as found:
            return question, daily, collect(found)
    with searching(question) as found:
        question, daily = _searched(question, _apart(question, found.counts()) if found else None)
        if not (found and question.drops):
            return question, daily, collect(found)
        with searching_again(found, question) as anew:
            return question, daily, collect(anew)


def _small(question: Question, counts: pd.DataFrame) -> set[str | None]:
    """The segments of which others are told only together."""
    if not (question.by and question.scope.min_group):
        return set()
    places = [question.place(name) for name in ("current", "previous")]
    return few.fold_few(counts, places, question.scope.min_group)


def _apart(question: Question, counts: pd.DataFrame) -> list[str | None]:
    """The segments of the period that others are told of one by one."""
    own = counts[counts["intake"] == question.place("current")]
    return names_of(folded(own, _small(question, counts)))


def _searched(
    question: Question, among: Collection[str | None] | None
) -> tuple[Question, pd.DataFrame]:
    """The question with what was low, and `Funnel.daily`; empty where steps have no order, or without data."""
    scope, path = question.scope, question.path
    if path.since is None or question.options.sequence == "unordered":
        return question, pd.DataFrame({name: [] for name in COLUMNS})
    window, by = question.options.window, question.by
    daily = searched(path, scope.period, window=window, by=by, among=among)
    return replace(question, drops=tuple(find(daily, scope.period))), daily


def _days(daily: pd.DataFrame, scope: Scope) -> Period:
    """The days that leaks were looked for in."""
    return Period(daily["day"].min(), scope.period.last, scope.time_zone)


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
        *(() if question.path.is_from_orders else _of_weeks()),
        say(
            "Step rate: share of the users at the step before. Overall rate: share of the users "
            "at the first step. Intervals are Wilson's, at 95 %."
        ),
    )
    if question.path.is_from_orders:
        ripe = say(
            "From order to order users take their time: looked at are the first orders of as many "
            "days as the period has, the last whole weeks that are {window:duration} old.",
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


def _of_weeks() -> tuple[str, ...]:
    """How weeks are counted, in which a user may start again."""
    return (
        say(
            "A week owns the attempts that start in it, wherever they end. Each week is counted for "
            "itself; a longer period gives a user more attempts, so its rate is higher."
        ),
        say(
            "Headline and goal are the conversion by week, which does not depend on how long the "
            "period is: each user once in a week, its weeks that are old enough pooled, beside as many "
            "before; its interval is by drawing the users again."
        ),
    )
