"""Thresholds in words: which values score what, where that comes from, and what it means."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.customers.thresholds import Cuts, Thresholds
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say, say_n
from workbench.stats.interval import Interval

_LAPSED_DAYS = 14  # two weeks: under that, "lapsed" is not what the word says anywhere else
_STEPS = {
    "frequency": (message("under {least:count}"), message("{least:count} or more")),
    "monetary": (message("under {least:whole_money}"), message("{least:whole_money} or more")),
}


def scale(cuts: Thresholds, currency: str) -> pd.DataFrame:
    """Return the thresholds in words: `measure`, and what scores `score_1`, `score_2`, `score_3`.

    Args:
        cuts: The thresholds.
        currency: ISO 4217 code of `monetary`.
    """
    rows = [("recency_days", *_recency(cuts.recency_days))]
    for name, (under, least) in _STEPS.items():
        middle, top = getattr(cuts, name)
        second, third = (say(least, least=one, currency=currency) for one in (middle, top))
        first = say(under, least=middle, currency=currency)
        if name == "frequency" and middle <= 1:  # who is on a level has an order
            first = say("none")
        rows.append((name, first, say("none") if middle == top else second, third))
    return pd.DataFrame(rows, columns=["measure", "score_1", "score_2", "score_3"])


def _recency(cuts: Cuts) -> tuple[str, str, str]:
    """What scores 1, 2 and 3; who ordered on the last day has 0 days, so a cut below 0 has nobody."""
    slow, fast = cuts
    over = say_n("over {n:count} day", "over {n:count} days", slow)
    if slow <= 0:
        over = say("before the last day") if slow == 0 else say("all")
    second, third = map(_within, cuts)
    return over, second if slow > fast else say("none"), third


def _within(days: int) -> str:
    if days <= 0:
        return say("on the last day") if days == 0 else say("none")
    return say_n("up to {n:count} day", "up to {n:count} days", days)


def told(cuts: Thresholds, *, is_reuse_asked: bool) -> Iterator[Finding]:
    """Return by which thresholds users were scored: without it a change of levels cannot be read.

    Args:
        cuts: The thresholds in use.
        is_reuse_asked: Whether those of an earlier report were asked for.
    """
    if cuts.is_reused and cuts.origin == "learned":
        sentence = message("Users are scored by the thresholds that were learned in {week}.")
    elif cuts.is_reused:
        sentence = message("Users are scored by the thresholds that were given in {week}.")
    elif cuts.origin == "given":
        sentence = message("Users are scored by the thresholds that were given.")
    elif is_reuse_asked:
        sentence = message(
            "No earlier report has thresholds to reuse: they were learned anew in {week}, so the "
            "levels cannot be compared with those of earlier reports."
        )
    else:
        sentence = message(
            "Users are scored by thresholds learned in {week} from these very users."
        )
    yield Finding.about("thresholds", say(sentence, week=cuts.week))
    days = cuts.recency_days[0]
    if days == 0:
        lapsed = message(
            "Whoever did not order on the last day counts as lapsed here: the names of the levels are "
            "to be read by that."
        )
        yield Finding.about("thresholds", say(lapsed), Interval(0.0))
    if 0 < days < _LAPSED_DAYS:
        lapsed = say_n(
            "A user counts as lapsed after {n:count} day here: the names of the levels are to be "
            "read by that.",
            "A user counts as lapsed after {n:count} days here: the names of the levels are to be "
            "read by that.",
            days,
        )
        yield Finding.about("thresholds", lapsed, Interval(float(days)))


def parted(cuts: Thresholds) -> str:
    """Return how large the groups of scores are, which depends on where the thresholds come from."""
    if cuts.origin == "given":
        return say("The thresholds were given, and the groups are as large as they make them.")
    if cuts.is_reused:
        return say(
            "The thresholds parted the users of {week} into groups as near to thirds as equal "
            "values allow, and part those of this period as they come.",
            week=cuts.week,
        )
    return say("The thresholds part the users into groups as near to thirds as equal values allow.")
