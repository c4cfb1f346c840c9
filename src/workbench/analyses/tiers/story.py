"""What tiers say, in sentences computed from their numbers."""

from __future__ import annotations

import pandas as pd

from workbench.customers.thresholds import Thresholds
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.sentences import message, say

_LAPSED_DAYS = 14  # two weeks: under that, "lapsed" is not what the word says anywhere else


def tell(
    levels: pd.DataFrame,
    cuts: Thresholds,
    *,
    asked: str,
    week: str,
    currency: str,
    platform: str = "",
    since: str = "",
    doubt: str = "",
) -> tuple[Finding, ...]:
    """Return the findings in the order in which a reader wants them.

    Args:
        levels: `Tiers.levels`.
        cuts: The thresholds in use.
        asked: Which were asked for.
        week: The report's week.
        currency: ISO 4217 code.
        platform: The one whose orders count; empty means all.
        since: That the orders begin within the period, in a sentence; empty if they do not.
        doubt: Why the forecast is uncertain, in a sentence; empty if nothing speaks against it.
    """
    found = [_core(levels, currency, platform), _scale(cuts, asked, week)]
    if 0 <= cuts.recency_days[0] < _LAPSED_DAYS:
        found.append(_lapsed(cuts.recency_days[0]))
    return (*found, *(Finding(one, status="unknown") for one in (since, doubt) if one))


def core_sentence(levels: pd.DataFrame, currency: str, platform: str = "") -> str:
    """Return what the core class brings, in words.

    Args:
        levels: `Tiers.levels`.
        currency: ISO 4217 code.
        platform: The one whose orders count; empty means all.
    """
    core = levels[levels["class"] == "core"]
    users, revenue = int(core["users"].sum()), int(core["revenue_amount"].sum())
    share = float(core["users_rate"].sum())
    if levels["revenue_rate"].isna().all():
        sentence = message(
            "{users} of the users, {share}, are core; the period has no revenue to share."
        )
        told = sentence.format(users=words.count(users), share=words.percent(share))
    else:
        sentence = ngettext(
            "{users} core user, {share} of all, brings {worth} of the revenue ({amount}).",
            "{users} core users, {share} of all, bring {worth} of the revenue ({amount}).",
            users,
        )
        told = sentence.format(
            users=words.count(users),
            share=words.percent(share),
            worth=words.percent(float(core["revenue_rate"].sum())),
            amount=words.money(revenue, currency),
        )
    if not platform:
        return told
    return say("On {platform:label}, {sentence}", platform=platform, sentence=told)


def _core(levels: pd.DataFrame, currency: str, platform: str) -> Finding:
    core = levels.loc[levels["class"] == "core", "revenue_rate"]
    known = bool(core.notna().any())
    return Finding(core_sentence(levels, currency, platform), float(core.sum()) if known else None)


def _scale(cuts: Thresholds, asked: str, week: str) -> Finding:
    """By which thresholds users were scored: without it a change of levels cannot be read."""
    if cuts.is_reused:
        sentence = (
            message("Users are scored by the thresholds that were learned in {week}.")
            if cuts.origin == "learned"
            else message("Users are scored by the thresholds that were given in {week}.")
        )
        return Finding(sentence.format(week=cuts.week))
    if cuts.origin == "given":
        return Finding(say("Users are scored by the thresholds that were given."))
    if asked == "reuse":
        sentence = message(
            "No earlier report has thresholds to reuse: they were learned anew in {week}, so the "
            "levels cannot be compared with those of earlier reports."
        )
        return Finding(sentence.format(week=week), status="unknown")
    return Finding(
        say("Users are scored by thresholds learned in {week} from these very users.", week=week)
    )


def _lapsed(days: int) -> Finding:
    sentence = ngettext(
        "A user counts as lapsed after {days} day here: the names of the levels are to be read by "
        "that.",
        "A user counts as lapsed after {days} days here: the names of the levels are to be read by "
        "that.",
        days,
    )
    return Finding(sentence.format(days=words.count(days)), float(days))
