"""Do the levels order what users bring, and better than other rankings? What a back-test tells."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.backtests.ranking import Ranked, ranked
from workbench.customers.few import tells_core
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.levels import CLASSES
from workbench.kit.sentences import message, say
from workbench.stats.arrays import Array
from workbench.stats.interval import Interval, columns
from workbench.stats.trend import ALL

TIERS, PREDICTED, PAST = "tier_level", "predicted_value", "past_spend"
LEAD = "tiers_lead_change"
ALIKE = message(
    "All users brought the same in the {span:duration} after: no ranking can be judged."
)
_PARTLY = message(
    "On the whole, though not each beside the next, the levels order future revenue: in the "
    "{span:duration} after the cut-off a user brought {most:money} at {high:label} and {least:money} at "
    "{low:label}."
)
# By whether users of higher levels bring revenue more surely, and whether the amounts are told apart
# (None: too few buyers to tell): a trend is one of money only where both hold.
_OF_ALL = {
    (True, True): message(
        "The levels order future revenue: in the {span:duration} after the cut-off a user brought "
        "{most:money} at {high:label} and {least:money} at {low:label}."
    ),
    (True, False): message(
        "In the {span:duration} after the cut-off users of higher levels bought more surely, but the "
        "amounts are not told apart: {high:label} {most:money} a user, {low:label} {least:money} (a "
        "difference of {size:money}, 95 % interval {from_:money} to {to:money})."
    ),
    (True, None): message(
        "In the {span:duration} after the cut-off users of higher levels bought more surely, but the "
        "amounts are not told apart: {high:label} {most:money} a user, {low:label} {least:money} "
        "(too few buyers to tell the difference from chance)."
    ),
    (False, True): message(
        "In the {span:duration} after the cut-off users did not bring revenue more surely the higher "
        "their level, though some brought more: {high:label} {most:money} a user, {low:label} "
        "{least:money}."
    ),
    (False, False): message(
        "The levels do not order future revenue: in the {span:duration} after the cut-off it did not "
        "rise with the level by more than chance ({high:label} {most:money} a user, {low:label} "
        "{least:money})."
    ),
    (False, None): message(
        "Whether the levels order future revenue is not known: {high:label} brought {most:money} a "
        "user in the {span:duration} after the cut-off, {low:label} {least:money} (too few buyers to "
        "tell the difference from chance)."
    ),
}
_OF_CLASS = {
    (True, True): message(
        "Within {scope:label} revenue rises with the level: {high:label} {most:money} a user, "
        "{low:label} {least:money}."
    ),
    (True, False): message(
        "Within {scope:label} users of higher levels buy more surely, but the amounts are not told "
        "apart: {high:label} {most:money} a user, {low:label} {least:money} (a difference of "
        "{size:money}, 95 % interval {from_:money} to {to:money})."
    ),
    (True, None): message(
        "Within {scope:label} users of higher levels buy more surely, but the amounts are not told "
        "apart: {high:label} {most:money} a user, {low:label} {least:money} (too few buyers to tell "
        "the difference from chance)."
    ),
    (False, True): message(
        "Within {scope:label} users do not bring revenue more surely the higher their level, though "
        "some bring more: {high:label} {most:money} a user, {low:label} {least:money}."
    ),
    (False, False): message(
        "Within {scope:label} revenue does not rise with the level by more than chance: {high:label} "
        "{most:money} a user, {low:label} {least:money}."
    ),
    (False, None): message(
        "Whether revenue rises with the level within {scope:label} is not known: {high:label} "
        "{most:money} a user, {low:label} {least:money} (too few buyers to tell the difference from "
        "chance)."
    ),
}
_COVERAGE = {
    1: message(
        "The users on a level at the cut-off brought {share:percent} of what all users brought in "
        "the {span:duration} after; the rest came from users who were not on a level then."
    ),
    0: message(
        "The users on a level at the cut-off brought {share:percent} of what all users brought in "
        "the {span:duration} after; nobody else brought any."
    ),
    -1: message(
        "The users on a level at the cut-off brought {share:percent} of what all users brought in "
        "the {span:duration} after; the others gave back more than they paid."
    ),
}


def judged(
    customers: pd.DataFrame, place: Array, classes: Mapping[str, str], untold: Collection[str] = ()
) -> Ranked:
    """Return what users brought by level, by predicted value and by past spend.

    Args:
        customers: `predicted_value`, `past_spend`, `future_amount`; in minor units, a row a user.
        place: Each user's level, 0 the highest; shape (users,).
        classes: The class of each level, the highest level first.
        untold: Levels that no trend is to name.

    Returns:
        As `ranked`, in columns of the names of `Backtest`.
    """
    scores = {name: customers[name].to_numpy(float, na_value=np.nan) for name in (PREDICTED, PAST)}
    amounts = customers["future_amount"].to_numpy(dtype=np.int64)
    found = ranked(place, {TIERS: -place.astype(float), **scores}, amounts, classes, untold)
    tables = (found.levels, found.trends, found.rankings, found.curve)
    return Ranked(*(table.rename(columns=_name_of) for table in tables))


def _name_of(column: str) -> str:
    column = column.replace("outcome_rate", "revenue_rate").replace("outcome", "amount")
    return column.replace("lead_change", LEAD)


def told(
    found: Ranked, horizon_amount: int | None, *, span: timedelta, currency: str, least: int = 0
) -> Iterator[Finding]:
    """Tell what that says, the answer on all levels first.

    Args:
        found: As `judged` returns it.
        horizon_amount: What all users brought, these and all others; minor units, None if not told.
        span: How long after the cut-off was looked at.
        currency: ISO 4217 code of the amounts.
        least: Users, under which the core is not told of.
    """
    if not found.levels["users"].sum():
        nobody = say("No user was known at the cut-off, so nothing is judged.")
        yield Finding.about("verdict", nobody, status="unknown")
    elif found.levels["total_amount"].sum() <= 0:
        sentence = say(
            "These users brought no revenue in the {span:duration} after the cut-off, so the levels "
            "cannot be judged by it.",
            span=span,
        )
        yield Finding.about("verdict", sentence, status="unknown")
    else:
        levels = found.levels.set_index("level")[["class", "mean_amount"]]
        for _place, row in found.trends.iterrows():
            yield from _trend(row, levels, span=span, currency=currency)
        yield from _rankings(found.rankings, span)
        is_core = found.levels["class"] == CLASSES[0]
        if tells_core(found.levels, least) and found.levels.loc[is_core, "users"].sum():
            yield _core(found.levels, span)
        yield from _coverage(found.levels, horizon_amount, span)


def _trend(row: pd.Series, levels: pd.DataFrame, **values: Any) -> Iterator[Finding]:
    everywhere = row["class"] == ALL
    topic, templates = ("verdict", _OF_ALL) if everywhere else ("trend", _OF_CLASS)
    if pd.isna(row["holds"]):
        sentence = (
            say("Too few users or amounts to tell whether the levels order future revenue.")
            if everywhere
            else say(
                "Within {scope:label} there are too few users or amounts to tell a trend.",
                scope=row["class"],
            )
        )
        yield Finding.about(topic, sentence, status="unknown")
        return
    mean, high, low = levels["mean_amount"], row["highest_level"], row["lowest_level"]
    difference = interval(row, "difference_amount")
    holds, spends = bool(row["holds"]), difference.low > 0
    is_unsure = math.isnan(difference.low)
    ahead, behind = row["ahead_level"], row["behind_level"]
    # A pair of one class is told with that class.
    is_turned = pd.notna(ahead) and not (
        everywhere and levels["class"][ahead] == levels["class"][behind]
    )
    status: Status = "good" if holds and spends else "neutral" if holds or spends else "bad"
    if is_unsure and not holds:
        status = "unknown"
    if is_turned:
        status = "neutral" if holds else "bad"
    is_partly = everywhere and holds and spends and not mean.dropna().is_monotonic_decreasing
    sentence = say(
        _PARTLY if is_partly else templates[holds, None if is_unsure else spends],
        scope=row["class"],
        **values,
        high=high,
        low=low,
        most=mean[high],
        least=mean[low],
        size=difference.value,
        from_=difference.low,
        to=difference.high,
    )
    yield Finding.about(topic, sentence, difference, status)
    if is_turned:
        sentence = say(
            "Out of order beyond doubt: {ahead:label} ({most:money}) above {behind:label} "
            "({least:money}).",
            ahead=ahead,
            most=mean[ahead],
            behind=behind,
            least=mean[behind],
            **values,
        )
        yield Finding.about(topic, sentence, status=status)


def _rankings(rankings: pd.DataFrame, span: timedelta) -> Iterator[Finding]:
    """How much the levels and their rivals concentrate, then who is ahead of whom."""
    known = rankings[rankings["concentration_rate"].notna()]
    if known.empty:
        yield Finding.about("rankings", say(ALIKE, span=span), status="unknown")
        return
    shares = [
        say(
            message("{name} {rate:percent}")
            if row["concentration_rate"] >= 0
            else message("{name} less than chance would")
            if row["concentration_rate_high"] < 0
            else message("{name} no more than chance would"),
            name=_name(row["ranking"]),
            rate=row["concentration_rate"],
        )
        for _place, row in known.sort_values("concentration_rate", ascending=False).iterrows()
    ]
    sentence = say(
        "Of what a perfect ranking would concentrate of future revenue: {shares:list}.",
        shares=shares,
    )
    yield Finding.about("rankings", sentence, interval(known.iloc[0], "concentration_rate"))
    rivals = known[known["tiers_lead_change"].notna()]
    low, high = rivals["tiers_lead_change_low"], rivals["tiers_lead_change_high"]
    verdicts: tuple[tuple[pd.Series, str, Status], ...] = (
        (high < 0, message("The levels rank users worse than {names:list} beyond doubt."), "bad"),
        (low > 0, message("The levels rank users better than {names:list} beyond doubt."), "good"),
        (
            (low <= 0) & (high >= 0),
            message("As rankings of users the levels are not told apart from {names:list}."),
            "neutral",
        ),
        (
            low.isna(),
            message("Too few users brought revenue to compare the levels with {names:list}."),
            "unknown",
        ),
    )
    for chosen, template, status in verdicts:
        names = [_name(name) for name in rivals.loc[chosen, "ranking"]]
        if names:
            yield Finding.about("rankings", say(template, names=names), status=status)


def _core(levels: pd.DataFrame, span: timedelta) -> Finding:
    """What the core class brought of these users' revenue."""
    core = levels[levels["class"] == CLASSES[0]]
    users, share = float(core["users_rate"].sum()), float(core["revenue_rate"].sum())
    sentence = say(
        "Of what the users on a level at the cut-off brought in the {span:duration} after, "
        "{core:label} ({users:percent} of them) brought {share:share}.",
        span=span,
        core=CLASSES[0],
        users=users,
        share=share,
    )
    return Finding.about("core", sentence, Interval(share))


def _coverage(
    levels: pd.DataFrame, horizon_amount: int | None, span: timedelta
) -> Iterator[Finding]:
    """What these users brought of all revenue."""
    if horizon_amount is None or horizon_amount <= 0:
        return  # the levels tell nothing of a rest that is not known
    amount = int(levels["total_amount"].sum())
    side = (horizon_amount > amount) - (horizon_amount < amount)
    sentence = say(_COVERAGE[side], share=amount / horizon_amount, span=span)
    yield Finding.about("coverage", sentence, Interval(amount / horizon_amount))


def interval(row: pd.Series, name: str) -> Interval:
    """Return a column of a row with its ends."""
    return Interval(*(float(row[one]) for one in columns(name)))


def _name(ranking: str) -> str:
    return say("levels") if ranking == TIERS else words.lower(ranking)
