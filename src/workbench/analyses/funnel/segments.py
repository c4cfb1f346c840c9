"""Who has it harder: the funnel of each value of a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analyses.funnel.counts import Counts, reached, step_frame
from workbench.analyses.funnel.question import Question
from workbench.charts import Chart, heat
from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_rows, together
from workbench.paths.journey import Journey
from workbench.paths.segments import REST
from workbench.stats.changes import Sides
from workbench.stats.rates import set_apart
from workbench.tables import TABLES

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_REACH = {
    "alike": message(
        "Every {by:lower} alike: none differs from the others in this by more than chance."
    ),
    "all_but": message("It reaches every {by:lower} but {apart}."),
    "most": message("It reaches every {by:lower}, most of all {apart}."),
}
"""By which segments a change of the whole reaches; where none are told apart, or of one, nothing."""
_HARD = {
    True: message(
        "On the way to {step:label}, {segment} has it hardest: {own:percent} go on, {rest:percent} "
        "of the others."
    ),
    False: message(
        "On the way to {step:label}, {segment} has it easiest: {own:percent} go on, {rest:percent} "
        "of the others. No other {by:lower} has it harder than the rest of them by more than chance "
        "would explain."
    ),
}
"""By whether the segment that stands out goes on less often than the others."""
_MOST = 0.5  # values a user, beyond which they name users and no groups
NOBODY = message("There is nobody whom this report could judge, so there is nothing to draw.")
_OF_EVENTS = ("platform", "channel", "content_id", "product_id")
_OF_USERS = ("region", "member_level")
GROUPS = (*_OF_EVENTS, *_OF_USERS)
"""The columns of the contract's events and users whose values tell groups of users apart."""

_FEW = 20  # values that make groups, however few the users


def beside_users(scope: Scope, path: Journey, by: str) -> Journey:
    """Return a journey whose events carry what the table users says of who did them."""
    users = scope.history.get("users")
    if not by or by in path.events.columns or users is None or by not in users.columns:
        return path
    told = users.select(of_user="user_id", told=users[by])
    joined = path.events.left_join(told, path.events["user_id"] == told.of_user)
    kept = {name: joined[name] for name in path.events.columns}
    return replace(path, events=joined.select(**kept, **{by: joined.told}))


def present(path: Journey, by: str) -> str:
    """Return the column to compare by, or nothing if the contract knows it and these events do not.

    A column that names one user, visit or order makes no groups; its values would also put ids on
    the page.

    Raises:
        ParameterError: If neither events nor users have such a column, or it makes no groups.
    """
    known = {*TABLES["events"].names, *TABLES["users"].names}
    there = path.events.columns
    further = [name for name in there if name not in known and not name.endswith("_id")]
    if not by:
        return by
    if by not in GROUPS and by not in further:
        raise ParameterError(unknown("column to compare by", by, [*GROUPS, *further]))
    if by in further and _names_one(path, by):
        raise ParameterError(f"by == '{by}', but nearly each user has one of their own: no groups")
    return by if by in there else ""


def _names_one(path: Journey, by: str) -> bool:
    """Whether a column has nearly as many values as there are users."""
    told = path.events.filter(path.events[by].notnull())  # noqa: PD004 - Ibis
    values, users = frame(
        told.agg(values=told[by].nunique(), users=told["user_id"].nunique())
    ).iloc[0]
    return int(values) > max(_FEW, _MOST * int(users))


def lacking(by: str) -> str:
    """Return what a comparison by a column that these events do not have would need."""
    return say(
        "To compare users by {by}, this shop's data would need to say it: they lack the column {by}.",
        by=by,
    )


def segment_name(segment: object, by: str) -> str:
    """Return how a value of a column is called, also where it is missing or one of the rest."""
    if not isinstance(segment, str):
        return say("Unknown")
    if segment == REST:
        return say("Other")
    return segment if by.endswith("_id") else words.label(segment)


def noun(by: str) -> str:
    """Return what a column tells of, for the format `lower`: `platform`, `content`."""
    return by.removesuffix("_id")


def reach_sentence(reach: str, apart: str, by: str) -> str:
    """Return whom a change of all users reaches; empty where it is one segment's.

    Args:
        reach: As `paths.drops.Drop`.
        apart: The names of the segments that differ from the rest.
        by: The column that tells segments apart.
    """
    if reach not in _REACH:
        return ""
    return say(_REACH[reach], by=noun(by), apart=apart)


def listed(segments: Iterable[object], by: str) -> str:
    """Return the names of segments as a list within a sentence; empty of none."""
    names = [segment_name(one, by) for one in segments]
    return words.listed(names) if names else ""


def sides(cells: pd.DataFrame) -> list[Sides]:
    """Return how many went on to a step, and came to the one before, now and in the period before.

    Args:
        cells: A row a segment: `users`, `entrants`, `previous_users`, `previous_entrants`.
    """
    columns = ["users", "entrants", "previous_users", "previous_entrants"]
    rows = cells[columns].fillna(0).astype("int64").itertuples(index=False)
    return [Sides((went, came), (before, came_before)) for went, came, before, came_before in rows]


def cells_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the steps after the first, each with the users at the step before it."""
    told = frame.assign(
        entrants=frame["users"].shift(), previous_entrants=frame["previous_users"].shift()
    )
    return told[told["step"] > 1]


def segment_frame(
    now: pd.DataFrame, before: pd.DataFrame | None, question: Question, comparisons: int
) -> pd.DataFrame:
    """Return `Funnel.segments`: the largest first, the rest and the missing value last.

    Args:
        now: `segment`, `level`, `users` of the period.
        before: The same of the period before, or None where there is nothing to compare with.
        question: What was asked.
        comparisons: How many changes are looked at in all.
    """
    n = len(question.steps)
    names = names_of(now) if question.by else []
    frames = [step_frame(Counts((0,) * n), question.steps, 1).assign(segment="").head(0)]
    for name in names:
        own = reached(_of(now, name), n)
        past = None if before is None else reached(_of(before, name), n)
        one = step_frame(Counts(own, past), question.steps, comparisons)
        frames.append(one.assign(segment=name))
    whole = pd.concat(frames[1:] or frames, ignore_index=True).astype({"segment": "str"})
    return whole[["segment", *(name for name in whole.columns if name != "segment")]]


def names_of(counts: pd.DataFrame) -> list[str | None]:
    """Return the segments, the largest first, the rest and the missing value last."""
    sizes = counts.groupby("segment")["users"].sum().to_dict()
    names = sorted(map(str, sizes), key=lambda name: (name == REST, -sizes[name], name))
    return [*names, *([None] if counts["segment"].isna().any() else [])]


def _of(counts: pd.DataFrame, segment: str | None) -> pd.DataFrame:
    values = counts["segment"]
    return counts[values.isna() if segment is None else values == segment]


def onward_rates(
    steps: pd.DataFrame, segments: pd.DataFrame
) -> dict[tuple[int, str | None], float]:
    """Return the share of those at a step who come as far as the last, by step and segment.

    Under no segment stands that of all users, for those that the funnel knows nothing of. The
    steps and segments are those of `Funnel`.
    """
    cells = pd.concat([segments.dropna(subset="segment"), steps.assign(segment=None)])
    last = cells.groupby("segment", dropna=False)["users"].transform("last")
    return {
        (int(step), None if pd.isna(segment) else str(segment)): finished / users
        for step, segment, users, finished in zip(
            cells["step"], cells["segment"], cells["users"], last, strict=True
        )
        if users
    }


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return each step's rate for each segment, the darker the further below that of all users."""
    segments, by = funnel.segments, funnel.by
    if funnel.uncompared:
        return MissingData(funnel.uncompared)
    if segments.empty:
        return MissingData(say(NOBODY))
    if len(segments["segment"].drop_duplicates()) == 1:
        if funnel.scope.min_group and segments["segment"].iloc[0] == REST:
            return MissingData(
                say(
                    "No two groups by {by:lower} have {least:count} users or more each.",
                    by=noun(by),
                    least=funnel.scope.min_group,
                )
            )
        alone = segment_name(segments["segment"].iloc[0], by)
        others = message("Only {segment} is looked at here: there are no others to compare with.")
        return MissingData(say(others, segment=alone))
    later = segments[segments["step"] > 1].sort_values("step", kind="stable")
    whole = funnel.steps.set_index("step")["step_rate"]
    behind = later["step"].map(whole).to_numpy() - later["step_rate"].to_numpy()
    rows = pd.DataFrame(
        {
            "row": [segment_name(segment, by) for segment in later["segment"]],
            "column": say_rows("to {event:label}", later),
            "text": [words.percent(rate) for rate in later["step_rate"]],
            "weight": behind.clip(min=0),
        }
    )
    names = say_rows("{row} {column}", rows)
    return heat(
        rows.drop_duplicates(["row", "column"]),
        title=_hardest(funnel),
        alt=say(
            "Share of users who go on, by step and {by:lower}: {rows}.",
            by=noun(by),
            rows=pairs(names, rows["text"]),
        ),
        note=say(
            "Share of users at a step who go on to the next. Darker: further below the share of "
            "all users at that step."
        ),
    )


def leaks_of(funnel: Funnel, step: int) -> pd.DataFrame:
    """Return the leaks of a step that reach into the period."""
    leaks = funnel.leaks
    return leaks[(leaks["ended_at"] > funnel.scope.start) & (leaks["step"] == step)]


def _hardest(funnel: Funnel) -> str:
    """Name the segment and step furthest below all other segments together, of those beyond chance.

    Where one goes on more often and the others are alike, it is this one that is named.
    """
    by = funnel.by
    cells = cells_of(funnel.segments)
    named, found = cells["segment"].dropna() != REST, []
    for _step, rows in cells.groupby("step"):
        pairs = list(zip(rows["users"].map(int), rows["entrants"].map(int), strict=True))
        apart = [(one, rows.iloc[one.part]) for one in set_apart(pairs, int(named.sum()))]
        found += [pair for pair in apart if pd.notna(of := pair[1]["segment"]) and of != REST]
    if not found:
        return say(
            "No {by:lower} has it harder than the others by more than chance would explain.",
            by=noun(by),
        )
    one, cell = min(found, key=lambda pair: pair[0].rate - pair[0].rest)
    told = say(
        _HARD[one.rate < one.rest],
        by=noun(by),
        step=cell["event"],
        segment=segment_name(cell["segment"], by),
        own=one.rate,
        rest=one.rest,
    )
    same = leaks_of(funnel, cell["step"])["segment"] == cell["segment"]
    is_low = same.any() and one.rate < one.rest
    return together(told, say("The days of its leak are among these.") if is_low else "")
