"""Whom do we call? A list at the capacity there is, and what calling is worth at each length of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
import pandas as pd

from workbench.analyses.churn.model import UNTOLD
from workbench.analyses.churn.profit import (
    RANKINGS,
    assumed,
    gain_told,
    measured,
    own,
    pays_told,
    too_long,
)
from workbench.analyses.churn.scores import Churn
from workbench.analyses.churn.uplift import UPLIFT, Uplift
from workbench.charts import Chart, band
from workbench.errors import MissingData, ParameterError
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.ids import mask
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.sentences import message, say, say_n
from workbench.stats.interval import UNKNOWN, Interval

if TYPE_CHECKING:
    from workbench.kit.scope import Scope

_UNWORTH = message("How far calls pay cannot be told: what customers will spend is not known.")
_RANGE = re.compile(r"\s*(\d*\.?\d+)\s*\.\.\s*(\d*\.?\d+)\s*")
_LIST = (
    *("user_id", "probability", "expected_amount", "value_at_risk_amount", "uplift", "level"),
    "reasons",
)


class Report(Protocol):
    """A published report, as far as it is asked here."""

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102 - its result tables by name


class Again(Protocol):
    """What `wb.published` returns, as far as it is asked here."""

    @property
    def again(self) -> Report | None: ...  # noqa: D102 - the report on the asked week itself


@dataclass(frozen=True)
class Calls(Result):
    """Whom to call, and what that is worth.

    Attributes:
        call_list: A row a user to call: whom an offer moves most first, where an experiment foretells
            that, else what is most at risk: `user_id`, `probability`, `expected_amount`,
            `value_at_risk_amount`, `uplift` (null without an experiment), `level` (of the report on
            tiers of the same source and week; null without one), `reasons`.
        profit: What calls bring at each length of the list: `ranking`, `users` called,
            `profit_amount` in minor units with `_low` and `_high`. With an experiment it is what its
            users gained by each ranking (95 % interval), else what the middle of the save rates and
            their ends make of what is at risk.
        findings: What the list is, and up to where calls pay.
        metrics: `called_users`, and `called_at_risk_amount`: what is at risk with them.
    """

    TOPICS: ClassVar = ("list", "profit", "lists")
    LISTS: ClassVar = ("call_list",)
    call_list: pd.DataFrame
    profit: pd.DataFrame

    def profit_chart(self) -> Chart | MissingData:
        """Return what calls bring at each length of the list, by ranking, with the band of save rates."""
        if self.profit.empty:
            if self.call_list["probability"].isna().all():
                return MissingData(say(UNTOLD))
            return MissingData(say(_UNWORTH))
        names = {name: say(RANKINGS[name]) for name in dict.fromkeys(self.profit["ranking"])}
        title = self.about("profit")[0].sentence
        rows = own(self.profit)
        best = rows.iloc[int(rows["profit_amount"].to_numpy().argmax())]
        band_of = (
            say("95 % interval, by the users of the experiment")
            if UPLIFT in names
            else say("from the least to the most that a call is taken to keep")
        )
        return band(
            self.profit.rename(
                columns={
                    "ranking": "line", "users": "x", "profit_amount": "value",
                    "profit_amount_low": "low", "profit_amount_high": "high",
                }
            ).replace({"line": names}),
            highlight=next(iter(names.values())),
            form=lambda value: words.money(value, self.scope.currency),
            mark=float(best["users"]),
            title=title,
            alt=title,
            note=say(
                "To the right: users called, the first of the ranking first; upwards: what calls bring "
                "less what they cost. Band: {band}; stroke: the best cut.",
                band=band_of,
            ),
        )  # fmt: skip


def call(
    churn: Churn,
    *,
    top_n: int = 200,
    offer_cost: float = 0.0,
    save_rate: str = "0.1..0.3",
    tiers: Again | None = None,
    uplift: Uplift | None = None,
) -> Calls:
    """Return whom to call, and what calling is worth.

    Args:
        churn: The scores.
        top_n: How many can be called.
        offer_cost: What one call and its offer cost, in the main unit of the currency.
        save_rate: Which share of those who would leave stays because of it, from..to.
        tiers: The report on tiers, as `wb.published` returns it; that of the same week counts.
        uplift: Whom the offer of an experiment moved. Where that can be foretold, the list is by it.

    Raises:
        ParameterError: If `save_rate` is no range of 0..1.
    """
    low, high = parse_range(save_rate)
    scores, scope = churn.churn_scores, churn.scope
    if scores.empty:
        none = pd.DataFrame(columns=list(_LIST))
        said = tuple(Finding.about("list", one, status="unknown") for one in churn.missing)
        return Calls(
            scope, none, pd.DataFrame(), findings=said, metrics=_metrics(UNKNOWN, UNKNOWN),
            missing=churn.missing,
        )  # fmt: skip
    is_worth = scores["value_at_risk_amount"].notna().all()
    tried = uplift if uplift and uplift.experiment else None
    listed = _listed(scores, tried, tiers, top_n)
    cost = offer_cost * 10 ** words.currency_style(scope.currency)[1]
    risk = plain(float(listed["value_at_risk_amount"].astype("float64").sum(min_count=1)))
    profit, found = pd.DataFrame(), [_told(listed, risk, scope, tried)]
    if tried:
        profit = measured(tried, len(scores), cost)
        found.append(gain_told(profit, tried, len(scores), scope))
    elif is_worth:
        profit = assumed(scores, cost, low, high)
        found += [*too_long(profit, len(listed), (low, high))]
        found.append(pays_told(profit, len(scores), scope, (low, high)))
    if is_worth:
        found.append(Finding.about("lists", say(_LISTS[bool(tried and tried.foretells)])))
    metrics = _metrics(plain(len(listed)), risk)
    with_them = words.money(risk.value, scope.currency)
    at_risk = "" if np.isnan(risk.value) else say("{amount} at risk with them", amount=with_them)
    return Calls(
        scope,
        listed,
        profit,
        findings=tuple(found),
        metrics=metrics,
        tiles=tuple(headlines(scope, metrics, {"called_users": [at_risk]})),
        missing=churn.missing,
    )


def _listed(
    scores: pd.DataFrame, tried: Uplift | None, tiers: Again | None, top_n: int
) -> pd.DataFrame:
    """The first to call: by uplift where it can be foretold, by value at risk, or by probability."""
    known = (
        scores.merge(tried.expected_uplift, on="user_id", how="left")
        if tried
        else scores.assign(uplift=np.nan)
    )
    by = ["value_at_risk_amount", "probability"]
    if tried and tried.foretells:
        by = ["uplift"]
    by = [name for name in by if known[name].notna().all()]
    if by:  # else they stay as they are: the longest without a purchase first
        known = known.sort_values([by[0], "user_id"], ascending=[False, True], ignore_index=True)
    first = known.head(top_n)
    return first.assign(level=_levels(first, tiers))[list(_LIST)]


_LISTS = {
    False: message(
        "The list of the report on tiers holds users for a campaign by what they are expected to bring; "
        "this one holds customers to call by what is at risk with them: a user may be on both."
    ),
    True: message(
        "The list of the report on tiers holds users for a campaign by what they are expected to bring; "
        "this one holds customers to call by how an offer moves them: a user may be on both."
    ),
}
"""By whether the list is by uplift."""


def parse_range(text: str) -> tuple[float, float]:
    """Return the ends of a range of rates such as `0.1..0.3`.

    Raises:
        ParameterError: If it is none, or not within 0..1.
    """
    found = _RANGE.fullmatch(text)
    ends = (float(found[1]), float(found[2])) if found else (1.0, 0.0)
    if not 0 <= ends[0] <= ends[1] <= 1:
        raise ParameterError(f"save_rate == '{text}', must be a range of rates such as 0.1..0.3")
    return ends


def _metrics(users: Interval, risk: Interval) -> tuple[Metric, ...]:
    return (
        Metric("called_users", users, "count", ""),
        Metric("called_at_risk_amount", risk, "amount", ""),
    )


def _levels(listed: pd.DataFrame, tiers: Again | None) -> pd.Series:
    """The level of each listed user, by id or by pseudonym; null without a report on tiers."""
    frames = {} if tiers is None or tiers.again is None else tiers.again.frames
    none = pd.Series(None, index=listed.index, dtype="object")
    if "users" not in frames:
        return none
    users = frames["users"]
    if not {"user_id", "level"} <= {*users.columns}:
        return none
    known = users.set_index("user_id")["level"]
    names = mask(listed[["user_id"]].assign(row=listed.index))
    if known.index.isin(listed["user_id"]).any() or "user_id" not in names:
        return listed["user_id"].map(known)
    return names.set_index("row")["user_id"].map(known).reindex(listed.index)


def _told(listed: pd.DataFrame, risk: Interval, scope: Scope, tried: Uplift | None) -> Finding:
    if tried and tried.foretells:
        said = say_n(
            "{n:count} customer is on the list to call, whom the offer of {experiment} is likeliest to "
            "move.",
            "{n:count} customers are on the list to call, those first whom the offer of {experiment} is "
            "likeliest to move.",
            len(listed),
            experiment=tried.experiment,
        )
        return Finding.about("list", said)
    if listed["probability"].isna().all():
        said = say_n(
            "{n:count} customer is on the list to call, the longest without a purchase.",
            "{n:count} customers are on the list to call, those first who have been longest without a "
            "purchase.",
            len(listed),
        )
        return Finding.about("list", said, status="unknown")
    if not risk.is_known:
        said = say_n(
            "{n:count} customer is on the list to call, the likeliest to leave.",
            "{n:count} customers are on the list to call, the likeliest to leave first.",
            len(listed),
        )
        return Finding.about("list", said)
    said = say_n(
        "{n:count} customer is on the list to call; {risk:money} is at risk with that one.",
        "{n:count} customers are on the list to call; {risk:money} is at risk with them.",
        len(listed),
        risk=risk.value,
        currency=scope.currency,
    )
    return Finding.about("list", said, risk)
