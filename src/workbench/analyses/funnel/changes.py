"""What changed at a step against the period before: of all users first, then of whom it differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from workbench.analyses.funnel.decomposition import decomposition_frame
from workbench.analyses.funnel.question import Question
from workbench.analyses.funnel.segments import (
    cells_of,
    listed,
    noun,
    reach_sentence,
    segment_name,
    sides,
)
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say, say_n, together
from workbench.periods import to_local
from workbench.stats.changes import reach, split
from workbench.stats.interval import DOUBT, Interval, columns

_CHANGED = {
    (True, False): message(
        "From {first:label} to {then:label}, fewer users go on: {now:percent} in place of "
        "{before:percent} ({change:points})."
    ),
    (False, False): message(
        "From {first:label} to {then:label}, more users go on: {now:percent} in place of "
        "{before:percent} ({change:points})."
    ),
    (True, True): message(
        "From {first:label} to {then:label}, fewer users go on ({by:lower} {segment}): "
        "{now:percent} in place of {before:percent} ({change:points})."
    ),
    (False, True): message(
        "From {first:label} to {then:label}, more users go on ({by:lower} {segment}): "
        "{now:percent} in place of {before:percent} ({change:points})."
    ),
}
"""By whether fewer go on, and whether it is one segment's."""

_BUT_LEAKS = {
    False: message("Of the steps without a leak none changed by more than chance would explain."),
    True: message("What changed at a step is told by its leak."),
}
"""By whether every step has one."""

_BY_MIX = {
    True: message(
        "From {first:label} to {then:label}, {now:percent} went on in place of {before:percent} "
        "({change:points}), as the mix of users changed: users of the same {by:lower} go on about as "
        "often as before."
    ),
    False: message(
        "From {first:label} to {then:label}, {now:percent} went on in place of {before:percent} "
        "({change:points}): {mix:points} as the mix of users changed, {rate:points} among users of the "
        "same {by:lower}."
    ),
}
"""By whether users of no segment go on otherwise than before, beyond chance."""

_AT_THE_OLD_RATE = {
    True: message("At the old rate, about {users:count} more would have come as far."),
    False: message("At the old rate, about {users:count} fewer would have come as far."),
}


def finding(question: Question, steps: pd.DataFrame, segments: pd.DataFrame) -> Finding:
    """The change that cost or won most users, of those beyond chance; or why none is told.

    All users come first; a segment is named where it differs from the rest beyond chance. A step
    with a leak in the period is told by the leak.
    """
    if not question.has("previous"):
        return Finding.about("comparison", _no_comparison(question), status="unknown")
    cells, parts = cells_of(steps), cells_of(segments)
    if cells["p_value"].isna().all():
        sentence = _nobody_before(question.scope.fewest)
        return Finding.about("comparison", sentence, status="unknown")
    leaking = {drop.step for drop in question.drops if drop.last >= question.scope.period.first}
    many = len(cells) + (len(parts) if len(segments["segment"].drop_duplicates()) > 1 else 0)
    found = [
        one
        for _, cell in cells[~cells["step"].isin(leaking)].iterrows()
        for one in _moved(cell, parts[parts["step"] == cell["step"]])
    ]
    if found:
        _users, cell, whom, apart = max(found, key=lambda one: one[0])
        if whom == "mix":
            return _mixed(question, cell, many, segments)
        return _changed(question, cell, many, (whom, listed(apart, question.by)))
    sentence = say_n(
        "No single step changed against the period before by more than chance would explain "
        "({n:count} comparison).",
        "No single step changed against the period before by more than chance would explain "
        "({n:count} comparisons).",
        many,
    )
    if leaking:
        sentence = say(_BUT_LEAKS[set(cells["step"]) <= leaking])
    return Finding.about("change", sentence)


def _moved(
    cell: pd.Series, parts: pd.DataFrame
) -> list[tuple[float, pd.Series, str, list[object]]]:
    """What changed at a step beyond chance, with the users that it moved, its reach and who differs.

    Args:
        cell: All users.
        parts: Its segments.
    """

    def told(one: pd.Series, whom: str, apart: Iterable[object] = ()) -> Any:
        return abs(one["step_rate_change"] * one["entrants"]), one, whom, list(apart)

    own, is_sure = sides(parts), bool(cell["p_adjusted"] < DOUBT)
    found = split(own)
    if is_sure and len(parts) > 1 and found.side() * cell["step_rate_change"] > 0:
        whom, odd = reach(own, found)
        return [told(cell, whom, parts["segment"].iloc[odd])]
    apart = parts.iloc[list(found.odd)]
    sure = [told(one, "one") for _, one in apart[apart["p_adjusted"] < DOUBT].iterrows()]
    # Where no segment changed otherwise, and not all alike, it is the mix of users.
    return sure or ([told(cell, "mix" if len(parts) > 1 else "all")] if is_sure else [])


def _changed(
    question: Question, cell: pd.Series, comparisons: int, whom: tuple[str, str]
) -> Finding:
    size = Interval(*cell[columns("step_rate_change")])
    fell, (reached, apart) = size.value < 0, whom
    told = say(
        _CHANGED[fell, reached == "one"],
        first=question.steps[int(cell["step"]) - 2],
        then=cell["event"],
        by=noun(question.by),
        segment=segment_name(cell.get("segment"), question.by),
        now=cell["step_rate"],
        before=cell["previous_step_rate"],
        change=size.value,
    )
    users = round(abs(size.value) * cell["entrants"])
    text = together(
        told,
        reach_sentence(reached, apart, question.by),
        say(_AT_THE_OLD_RATE[fell], users=users),
        _sure(comparisons),
    )
    return Finding.about("change", text, size, "bad" if fell else "good")


def _mixed(
    question: Question, cell: pd.Series, comparisons: int, segments: pd.DataFrame
) -> Finding:
    """A change that is no segment's: other users came. That is neither good nor bad of the step."""
    effects = decomposition_frame(segments)
    effects = effects[effects["step"] == cell["step"]]
    parts = cells_of(segments)
    found = split(sides(parts[parts["step"] == cell["step"]]))
    size = Interval(*cell[columns("step_rate_change")])
    told = say(
        _BY_MIX[not found.side() and not found.odd],
        first=question.steps[int(cell["step"]) - 2],
        then=cell["event"],
        by=noun(question.by),
        now=cell["step_rate"],
        before=cell["previous_step_rate"],
        change=size.value,
        mix=float(effects["mix_effect"].sum()),
        rate=float(effects["rate_effect"].sum()),
    )
    return Finding.about("change", together(told, _sure(comparisons)), size)


def _sure(comparisons: int) -> str:
    return say_n(
        "That is more than chance would explain.",
        "That is more than chance would explain, even for the strongest of {n:count} comparisons.",
        comparisons,
    )


def _nobody_before(least: int) -> str:
    """Why the period before is no measure: nobody started in it, or too few to be told of."""
    if not least:
        return say("Nobody started in the period before, so there is nothing to compare with.")
    return say(
        "Fewer than {least:count} users started in the period before: too few to compare with.",
        least=least,
    )


def _no_comparison(question: Question) -> str:
    if question.blind:
        return say(
            "There is no comparison with the period before: there are days without data in one of "
            "the two."
        )
    before, since = question.period.previous(), question.path.since
    if since is not None and to_local(since, question.scope.time_zone).date() <= before.first:
        return say("There is no comparison with the period before: a leak ran through all of it.")
    return say(
        "There is no comparison with the period before: it starts on {first:day}, the data on "
        "{since:day}.",
        first=before.first,
        since=question.day(since),
    )
