"""What tiers say, in sentences computed from their numbers."""

from __future__ import annotations

import pandas as pd

from workbench import words
from workbench.analyses.tiers.thresholds import Thresholds
from workbench.findings import Finding
from workbench.words import _


def tell(
    levels: pd.DataFrame, cuts: Thresholds, *, asked: str, week: str, currency: str
) -> tuple[Finding, ...]:
    """Return the findings in the order in which a reader wants them.

    Args:
        levels: `Tiers.levels`.
        cuts: The thresholds in use.
        asked: Which were asked for.
        week: The report's week.
        currency: ISO 4217 code.
    """
    return (_core(levels, currency), _scale(cuts, asked, week))


def core_sentence(levels: pd.DataFrame, currency: str) -> str:
    """Return what the core class brings, in words."""
    core = levels[levels["class"] == "core"]
    users, revenue = int(core["users"].sum()), int(core["revenue_amount"].sum())
    share = float(core["users_rate"].sum())
    if levels["revenue_rate"].isna().all():
        sentence = _("{users} of the users, {share}, are core; the period has no revenue to share.")
        return sentence.format(users=words.count(users), share=words.percent(share))
    worth = float(core["revenue_rate"].sum())
    return _("{users} core users, {share} of all, bring {worth} of the revenue ({amount}).").format(
        users=words.count(users),
        share=words.percent(share),
        worth=words.percent(worth),
        amount=words.money(revenue, currency),
    )


def _core(levels: pd.DataFrame, currency: str) -> Finding:
    core = levels.loc[levels["class"] == "core", "revenue_rate"]
    known = bool(core.notna().any())
    return Finding(core_sentence(levels, currency), float(core.sum()) if known else None)


def _scale(cuts: Thresholds, asked: str, week: str) -> Finding:
    """By which thresholds users were scored: without it a change of levels cannot be read."""
    if cuts.is_reused:
        sentence = (
            _("Users are scored by the thresholds that were learned in {week}.")
            if cuts.origin == "learned"
            else _("Users are scored by the thresholds that were given in {week}.")
        )
        return Finding(sentence.format(week=cuts.week))
    if cuts.origin == "given":
        return Finding(_("Users are scored by the thresholds that were given."))
    if asked == "reuse":
        sentence = _(
            "No earlier report has thresholds to reuse: they were learned anew in {week}, so the "
            "levels cannot be compared with those of earlier reports."
        )
        return Finding(sentence.format(week=week), status="unknown")
    return Finding(
        _("Users are scored by thresholds learned in {week} from these very users.").format(
            week=week
        )
    )
