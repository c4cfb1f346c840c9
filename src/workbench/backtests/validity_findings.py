"""What a back-test of tiers found, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pandas as pd

from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.levels import CLASSES
from workbench.kit.sentences import message, say
from workbench.stats.concentration import PAST, PREDICTED, TIERS
from workbench.stats.trend import ALL

_DAY = 86_400


def told(
    future_revenue: pd.DataFrame,
    trends: pd.DataFrame,
    rankings: pd.DataFrame,
    horizon_days: int,
    currency: str,
    horizon_amount: int | None,
) -> tuple[Finding, ...]:
    """Return what the back-test says, the answer on all levels first.

    Args:
        future_revenue: `Validity.future_revenue`.
        trends: `Validity.trends`.
        rankings: `Validity.rankings`.
        horizon_days: How many days after the cut-off were looked at.
        currency: ISO 4217 code of the amounts.
        horizon_amount: `Validity.horizon_amount`.
    """
    span = words.duration(horizon_days * _DAY)
    if not future_revenue["users"].sum():
        return (
            Finding(
                say("No user was known at the cut-off, so nothing is judged."),
                None,
                status="unknown",
            ),
        )
    if future_revenue["total_amount"].sum() <= 0:
        sentence = message(
            "These users brought no revenue in the {span} after the cut-off, "
            "so the levels cannot be judged by it."
        )
        return (Finding(sentence.format(span=span), status="unknown"),)
    levels = future_revenue.set_index("level")[["class", "mean_amount"]]
    return (
        *(_trend(row, levels, span, currency) for _place, row in trends.iterrows()),
        _rankings(rankings, span),
        _core(future_revenue, span),
        *_of_everybody(int(future_revenue["total_amount"].sum()), horizon_amount, span),
    )


def alike(span: str) -> str:
    """Return that no ranking can be judged, for all users brought the same.

    Args:
        span: The horizon in words.
    """
    sentence = message("All users brought the same in the {span} after: no ranking can be judged.")
    return sentence.format(span=span)


def _trend(row: pd.Series, levels: pd.DataFrame, span: str, currency: str) -> Finding:
    everywhere, scope = row["class"] == ALL, words.label(str(row["class"]))
    if pd.isna(row["holds"]):
        unknown = (
            say("Too few users or amounts to tell whether the levels order future revenue.")
            if everywhere
            else message("Within {scope} there are too few users or amounts to tell a trend.")
        )
        return Finding(unknown.format(scope=scope), status="unknown")
    money, means = partial(words.money, currency=currency), levels["mean_amount"]
    high, low = row["highest_level"], row["lowest_level"]
    holds, spends = bool(row["holds"]), bool(row["difference_amount_low"] > 0)
    sentence = _sentence(holds=holds, everywhere=everywhere, spends=spends).format(
        scope=scope,
        span=span,
        high=words.label(high),
        low=words.label(low),
        most=money(means[high]),
        least=money(means[low]),
        doubt=_doubt(row, money),
    )
    status: Status = "good" if holds and spends else "neutral" if holds or spends else "bad"
    ahead, behind = row["ahead_level"], row["behind_level"]
    of = levels["class"]
    # A pair of one class is told with that class.
    if not pd.isna(ahead) and not (everywhere and of[ahead] == of[behind]):
        sentence += " " + say(
            "Out of order beyond doubt: {ahead:label} ({most}) above {behind:label} ({least}).",
            ahead=ahead,
            most=money(means[ahead]),
            behind=behind,
            least=money(means[behind]),
        )
        status = "neutral" if holds else "bad"
    return _with_interval(sentence, row, "difference_amount", status)


def _doubt(row: pd.Series, money: Callable[[float], str]) -> str:
    """The difference of the highest and the lowest level, with its interval."""
    size, least, most = (float(row[f"difference_amount{end}"]) for end in ("", "_low", "_high"))
    if math.isnan(least):
        return say("too few buyers to tell the difference from chance")
    return say(
        "a difference of {size}, 95 % interval {least} to {most}",
        size=money(size),
        least=money(least),
        most=money(most),
    )


def _sentence(*, holds: bool, everywhere: bool, spends: bool) -> str:
    """A trend is said to be one of money only where the amounts are told apart as well."""
    return (_of_all if everywhere else _of_class)(holds=holds, spends=spends)


def _of_all(*, holds: bool, spends: bool) -> str:
    if holds and spends:
        return message(
            "The levels order future revenue: in the {span} after the cut-off a user brought "
            "{most} at {high} and {least} at {low}."
        )
    if holds:
        return message(
            "In the {span} after the cut-off users of higher levels bought more surely, but the "
            "amounts are not told apart: {high} {most} a user, {low} {least} ({doubt})."
        )
    if spends:
        return message(
            "In the {span} after the cut-off users did not bring revenue more surely the higher "
            "their level, though some brought more: {high} {most} a user, {low} {least}."
        )
    return message(
        "The levels do not order future revenue: in the {span} after the cut-off it did not "
        "rise with the level by more than chance ({high} {most} a user, {low} {least})."
    )


def _of_class(*, holds: bool, spends: bool) -> str:
    if holds and spends:
        return message(
            "Within {scope} revenue rises with the level: {high} {most} a user, {low} {least}."
        )
    if holds:
        return message(
            "Within {scope} users of higher levels buy more surely, but the amounts are not told "
            "apart: {high} {most} a user, {low} {least} ({doubt})."
        )
    if spends:
        return message(
            "Within {scope} users do not bring revenue more surely the higher their level, though "
            "some bring more: {high} {most} a user, {low} {least}."
        )
    return message(
        "Within {scope} revenue does not rise with the level by more than chance: "
        "{high} {most} a user, {low} {least}."
    )


def _rankings(rankings: pd.DataFrame, span: str) -> Finding:
    known = rankings[rankings["concentration_rate"].notna()]
    tiers, others = rankings.iloc[0], known[known["tiers_lead_change"].notna()]
    if pd.isna(tiers["concentration_rate"]):
        return Finding(alike(span), status="unknown")
    shares = ", ".join(
        f"{_name(row['ranking'])} {_signed(float(row['concentration_rate']))}"
        for _place, row in known.sort_values("concentration_rate", ascending=False).iterrows()
    )
    sentence = message("Of what a perfect order would concentrate of future revenue: {shares}.")
    worse = others[others["tiers_lead_change_high"] < 0]
    better = others[others["tiers_lead_change_low"] > 0]
    unsure = others[others["tiers_lead_change_low"].isna()]
    even = others.drop([*worse.index, *better.index, *unsure.index])
    verdicts = [
        text.format(names=say(" and ").join(_name(name) for name in part["ranking"]))
        for part, text in (
            (worse, message("The levels rank users worse than {names} beyond doubt.")),
            (better, message("The levels rank users better than {names} beyond doubt.")),
            (even, message("The levels and {names} are not told apart.")),
            (unsure, message("Too few users brought revenue to compare the levels with {names}.")),
        )
        if len(part)
    ]
    status: Status = (
        "bad" if len(worse) else "good" if len(better) == len(others) > 0 else "neutral"
    )
    text = " ".join([sentence.format(shares=shares), *verdicts])
    return _with_interval(text, tiers, "concentration_rate", status)


def _core(future_revenue: pd.DataFrame, span: str) -> Finding:
    core = future_revenue[future_revenue["class"] == CLASSES[0]]
    share = float(core["revenue_rate"].sum())
    sentence = message(
        "Of what the users on a level at the cut-off brought in the {span} after, {core} "
        "({users} of them) brought {share}."
    )
    return Finding(
        sentence.format(
            core=words.label(CLASSES[0]),
            users=words.percent(float(core["users_rate"].sum())),
            share=words.percent(share),
            span=span,
        ),
        share,
    )


def _of_everybody(amount: int, everybody: int | None, span: str) -> tuple[Finding, ...]:
    """How much of all revenue these users brought: the levels tell nothing of the rest."""
    if everybody is None or everybody <= 0:
        return ()
    share = amount / everybody
    sentence = message(
        "The users on a level at the cut-off brought {share} of what all users brought in the "
        "{span} after; {others}."
    )
    others = (
        say("the rest came from users who were not on a level then")
        if share < 1
        else say("nobody else brought any")
        if share == 1
        else say("the others gave back more than they paid")
    )
    return (Finding(sentence.format(share=words.percent(share), span=span, others=others), share),)


def _with_interval(sentence: str, row: pd.Series, column: str, status: Status) -> Finding:
    """A sentence with the figure of a column and its interval, where it has one."""
    ends = (float(row[f"{column}{end}"]) for end in ("", "_low", "_high"))
    figure, low, high = (None if pd.isna(end) else end for end in ends)
    return Finding(sentence, figure, low, high, status)


def _signed(share: float) -> str:
    """A share that may lie below nought, with its minus."""
    return ("−" if share < 0 else "") + words.percent(abs(share))


def _name(ranking: str) -> str:
    return {
        TIERS: say("levels"),
        PREDICTED: say("predicted value"),
        PAST: say("last year’s spend"),
    }[ranking]
