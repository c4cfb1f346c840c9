"""What is said of the moves: what became of the core users, and whether the levels' shares are stable."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from workbench.analyses.moves.flows import Array
from workbench.kit.findings import Finding, Status
from workbench.kit.levels import CLASSES
from workbench.kit.metrics import Metric, plain
from workbench.kit.sentences import message, say, say_n
from workbench.stats.disclosure import is_small
from workbench.stats.interval import DOUBT, UNKNOWN, Interval, columns
from workbench.stats.rates import wilson
from workbench.stats.stability import CHANGED, STABLE, psi_by_chance

_KEPT = 0.5  # of the core users: whether the likelier fate of one was to stay or to leave
_STAY = columns("stay_level_rate")
_CORE = {
    False: (
        message(
            "Of {n:count} user who was in {core:label} before, {fell:count} fell to a lower class and "
            "{lost:count} no longer ordered; {came:count} came in."
        ),
        message(
            "Of {n:count} users who were in {core:label} before, {fell:count} fell to a lower class and "
            "{lost:count} no longer ordered; {came:count} came in."
        ),
    ),
    True: (
        message(
            "Of {n:count} user who was in {core:label} before, {left:count} fell to a lower class or no "
            "longer ordered; {came:count} came in."
        ),
        message(
            "Of {n:count} users who were in {core:label} before, {left:count} fell to a lower class or "
            "no longer ordered; {came:count} came in."
        ),
    ),
}
"""By whether too few did either to be told apart."""
_NOBODY_LATER = message("No user is tiered in the later week, so its structure cannot be compared.")
_TOO_FEW = message(
    "With so few users chance alone moves the shares of the levels, so nothing is said of them "
    "(population stability index {index:decimal})."
)
_STABLE = message(
    "The shares of the levels are stable, which does not say that the same users stand on them "
    "(population stability index {index:decimal}, below {stable:decimal})."
)
_SHIFTED = message(
    "The shares of the levels have shifted (population stability index {index:decimal}, between "
    "{stable:decimal} and {changed:decimal})."
)
_CHANGED = message(
    "The shares of the levels have changed (population stability index {index:decimal}, not below "
    "{changed:decimal})."
)


def metrics(flows: Array, core: Array, row: pd.Series, least: int) -> tuple[Metric, ...]:
    """Return `Moves.metrics`.

    Args:
        flows: Users by level before (rows; the last is `new`) and after (the last is `lost`).
        core: Which of these are core.
        row: Of `Moves.stability`.
        least: Users, under which nothing is told of a group.
    """
    why = say("nobody was on a level in the earlier period")
    left = wilson(int(flows[core][:, ~core].sum()), int(flows[core].sum()))
    few = is_small(flows[core].sum(), least)
    why_core = say("fewer than {least:count} users were core", least=least) if few else why
    return (
        Metric("core_left_rate", UNKNOWN if few else left, "rate", "down", why_core),
        Metric("stay_level_rate", Interval(*row[_STAY]), "rate", "", why),
        Metric("psi", plain(row["psi"]), "ratio", "down", why),
    )


def told(flows: Array, core: Array, row: pd.Series, least: int) -> tuple[Finding, ...]:
    """Return `Moves.findings`, of the same as `metrics`."""
    if not row["users_before"]:
        sentence = say("No user was tiered in the earlier week, so there is nothing to compare.")
        return (Finding.about("core", sentence, status="unknown"),)
    stayed = say(
        "Of the users of the period before {stay_level_rate:percent} stayed at their level, "
        "{stay_class_rate:percent} within their class.",
        **row,
    )
    stay = Finding.about("stayed", stayed, Interval(*row[_STAY]))
    return _core(flows, core, least), _structure(row, len(core) - 1), stay


def _core(flows: Array, core: Array, least: int) -> Finding:
    """What became of the core users: a core that grew may still have lost most of them.

    It is good news that more than `_KEPT` of them stayed and more came than left; bad that more
    left than stayed and than came; each beyond doubt. Whether more leave than come is McNemar's
    question (1947), by the exact binomial test.
    """
    if not (users := int(flows[core].sum())):
        sentence = say("No user was in {core:label} before.", core=CLASSES[0])
        return Finding.about("core", sentence, status="unknown")
    if is_small(users, least):
        sentence = say(
            "What became of the users in {core:label} is not told: they were fewer than {least:count}.",
            core=CLASSES[0],
            least=least,
        )
        return Finding.about("core", sentence, status="unknown")
    left, lost, came = (
        int(part.sum())
        for part in (flows[core][:, ~core], flows[core][:, -1], flows[~core][:, core])
    )
    sentence = say_n(
        *_CORE[is_small(left - lost, least) or is_small(lost, least)],
        users,
        core=CLASSES[0],
        left=left,
        fell=left - lost,
        lost=lost,
        came=came,
    )
    rate = wilson(left, users)
    is_sure = left != came and float(stats.binomtest(left, left + came).pvalue) < DOUBT
    shrank, grew = is_sure and left > came, is_sure and left < came
    stayed, went = rate.high < 1 - _KEPT, rate.low > 1 - _KEPT
    status: Status = "bad" if went and shrank else "good" if stayed and grew else "neutral"
    return Finding.about("core", sentence, rate, status)


def _structure(row: pd.Series, levels: int) -> Finding:
    """Whether the nine shares are stable, unless chance alone would move them as far."""
    index, users = float(row["psi"]), (row["users_before"], row["users_after"])
    status: Status = "neutral"
    if not all(users):
        status, text = "unknown", _NOBODY_LATER
    elif psi_by_chance(levels, *users) >= STABLE:
        status, text = "unknown", _TOO_FEW
    elif index >= CHANGED:
        status, text = "bad", _CHANGED
    else:
        text = _STABLE if index < STABLE else _SHIFTED
    sentence = say(text, index=index, stable=STABLE, changed=CHANGED)
    return Finding.about("structure", sentence, plain(index), status)
