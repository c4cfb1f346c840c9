"""What of a funnel is read at arm's length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from workbench.analyses.funnel.leaks import local, rows_of
from workbench.analyses.funnel.question import Question
from workbench.analyses.funnel.weeks import Weekly
from workbench.kit import goals, words
from workbench.kit.findings import verdict
from workbench.kit.metrics import Metric
from workbench.kit.sentences import say
from workbench.kit.tiles import Tile

_STARTED = "started_users"


def tiles(
    question: Question,
    metrics: Sequence[Metric],
    week: Weekly,
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> Iterator[Tile]:
    """Yield the tiles of a funnel: none of what is not known.

    Args:
        question: What was asked.
        metrics: `Funnel.metrics`.
        week: The conversion by week.
        frames: `Funnel.steps`, `Funnel.weekly` and `Funnel.leaks`.
    """
    steps, weekly, leaks = frames
    named = {one.name: one for one in metrics}
    if named["conversion"].interval.is_known:
        yield _conversion(question, named["conversion"], week, weekly)
    if steps["users"].iloc[0]:
        before = steps["previous_users"].iloc[0]
        yield Tile(
            words.label(_STARTED),
            words.short(steps["users"].iloc[0]),
            ("" if pd.isna(before) else say("{users:short} before", users=before),),
        )
    yield from _leak(question, leaks)


def _conversion(question: Question, metric: Metric, week: Weekly, weekly: pd.DataFrame) -> Tile:
    before = say("{rate:percent} before", rate=week.before.value) if week.before.is_known else ""
    last = weekly[(weekly["step"] == len(question.steps)) & weekly["is_complete"].isin([True])]
    course = tuple(last.sort_values("first_day")["overall_rate"].astype("float64"))
    return Tile(
        words.label(metric.name),
        words.percent(week.now.value),
        (before, goals.note(question.scope, metric)),
        verdict(week.change) if week.change.is_known else "neutral",
        course,
        tuple(map(words.percent, course)),
    )


def _leak(question: Question, leaks: pd.DataFrame) -> Iterator[Tile]:
    """The dearest leak of the period, if there is one."""
    zone = question.scope.time_zone
    for leak in rows_of(leaks)[:1]:
        if leak.ended_at <= question.scope.start:
            continue
        when = (
            say("since {first:day}", first=local(leak.started_at, zone))
            if leak.is_open
            else say("over since {day:day}", day=local(leak.ended_at, zone))
        )
        money = words.money(leak.lost_amount, question.scope.currency)
        worth = "" if pd.isna(leak.lost_amount) else say("{money} in orders", money=money)
        yield Tile(
            say("Users lost by a leak"),
            say("about {users:short}", users=round(leak.lost_users)),
            (worth, when),
            "bad" if leak.is_open else "neutral",
        )
