"""What do we check first, and how good is that? Orders as cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.analyses.risk import card, judged
from workbench.analyses.risk.counted_cases import lacking, rules_told
from workbench.analyses.risk.desk import Desk
from workbench.analyses.risk.order_facts import NEEDS
from workbench.analyses.risk.order_features import moments
from workbench.analyses.risk.told_cases import Said, findings, metrics, waiting
from workbench.errors import ParameterError
from workbench.kit.findings import Finding
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.stats.rates import wilson

_CASES = (
    "order_id", "user_id", "ordered_at", "amount", "score", "rank", "in_queue", "queued_on",
    "verdict", "rules", "reasons",
)  # fmt: skip
_BESIDE = dict.fromkeys(
    ("case_orders", "card_before", "card_learned", "card_both", "card_rules"), ""
)
"""Frames of which a finding beside them says why they have no rows."""


@dataclass(frozen=True)
class Cases(Result):
    """Which orders to check, and how good such a queue has been.

    Attributes:
        case_orders: A row an order of the period, the likeliest to be bad first: `order_id`, `user_id`,
            `ordered_at`, `amount`, `score` (0..1, of what was known by the period's end), `rank`,
            `in_queue`, `queued_on` (the day on which it comes up for checking, null for none),
            `verdict` (bad, good, or empty where none is known yet), `rules` that fire, `reasons`.
        case_users: A row a user with an order in the queue: `user_id`, `orders` in the period, `cases`
            of them in the queue, `amount` of these, `score` (the highest), `rank`, `in_queue`, `rules`,
            `reasons`.
        case_contents: A row a content that led to orders of the period: `content_id`, `orders`, `cases`,
            `case_rate` with its ends, the most of them first.
        card_before: How good the queue was without any verdict, on orders whose verdicts are in: `way`
            (rules; outliers; rules_outliers: both together), `places` taken, `judged` of them, `bad_found` of
            `bad`, `at_capacity_rate` (bad ones found a place that there was, taken or not), `precision_rate` and `recall_rate` by the verdicts, `true_recall_rate` (put right for
            wrong verdicts), each with its ends, `average_precision`, `auc`, `detection_days` (mean),
            `caught_amount` of `lost_amount`, `caught_rate`.
        card_learned: The same with verdicts as they were known then (verdicts: what they taught alone):
            `way`, `places`, `judged`, `bad_found`, `bad`, `at_capacity_rate`, `precision_rate`,
            `recall_rate`, `true_recall_rate`, `average_precision`, `auc`, `detection_days`,
            `caught_amount`, `lost_amount`, `caught_rate`.
        card_both: The same of all lines together (rules_verdicts), beside rules and verdicts alone:
            `way`, `places`, `judged`, `bad_found`, `bad`, `at_capacity_rate`, `precision_rate`,
            `recall_rate`, `true_recall_rate`, `average_precision`, `auc`, `detection_days`,
            `caught_amount`, `lost_amount`, `caught_rate`.
        card_rules: A row a written rule, on the same orders: `rule`, `orders` flagged, `judged`,
            `bad_found`, `precision_rate` with its ends, `recall_rate`, `caught_amount`.
        capacity_per_day: Places a day.
        findings: How much there is to check, how good the queue was, what rules and verdicts are worth.
        metrics: `queue_precision_rate` and `queue_recall_rate` of all lines together.
    """

    TOPICS: ClassVar = (
        "next",
        "queue",
        "before",
        "learned",
        "both",
        "money",
        "rules",
        "agreement",
        "price",
    )
    case_orders: pd.DataFrame
    case_users: pd.DataFrame
    case_contents: pd.DataFrame
    card_before: pd.DataFrame
    card_learned: pd.DataFrame
    card_both: pd.DataFrame
    card_rules: pd.DataFrame
    capacity_per_day: int

    @property
    def next_cases(self) -> pd.DataFrame:
        """The cases that came up in the period's last seven days and have no verdict, likeliest first."""
        return waiting(self.case_orders, self.scope.period)


def cases(scope: Scope, *, capacity_per_day: int = 10) -> Cases:
    """Return which orders to check, and how good such a queue has been.

    Args:
        scope: Its orders are the cases; all before them is learned from.
        capacity_per_day: How many can be checked a day.

    Raises:
        ParameterError: If nothing can be checked.
    """
    if capacity_per_day < 1:
        raise ParameterError(f"capacity_per_day == {capacity_per_day}, must be at least 1")
    lacks = scope.missing(NEEDS, say("which orders to check first"))
    if lacks:
        return _none(scope, capacity_per_day, (lacks,))
    scope.check_platform("orders")
    rows = moments(scope)
    if not (rows["is_return"] == 0).any():
        return _none(
            scope,
            capacity_per_day,
            (say("There are no orders that cost anything, so none to check."),),
        )
    desk = Desk.of(scope, rows, judged.verdicts(scope, "order"), capacity_per_day)
    found = desk.listed()
    contents = _contents(desk, found)
    cards, by_rule = desk.cards()
    before, learned, both = cards
    said = Said(
        scope, desk.told, found, cards, by_rule, desk.agreement, capacity_per_day,
        desk.closed, desk.days_judged,
    )  # fmt: skip
    return Cases(
        scope,
        found,
        _users(found),
        contents,
        before,
        learned,
        both,
        by_rule,
        capacity_per_day,
        findings=findings(said),
        metrics=metrics(said),
        rules=rules_told(said),
        missing=lacking(scope, rows),
        instead=_BESIDE,
    )


def _users(found: pd.DataFrame) -> pd.DataFrame:
    """Users with an order in the desk."""
    named = found[found["user_id"].notna()]
    each = named.groupby("user_id", sort=False)
    orders = each.size()
    cases_ = named[named["in_queue"].astype(bool)].groupby("user_id", sort=False)
    first = cases_.first()  # the likeliest stands first
    rows = pd.DataFrame(
        {
            "orders": orders.reindex(first.index),
            "cases": cases_.size(),
            "amount": cases_["amount"].sum(),
            "score": first["score"],
            "rules": first["rules"],
            "reasons": first["reasons"],
        }
    ).rename_axis("user_id").reset_index()  # fmt: skip
    rows = rows.sort_values(["score", "user_id"], ascending=[False, True], ignore_index=True)
    rows.insert(5, "rank", np.arange(1, len(rows) + 1))
    rows.insert(6, "in_queue", np.ones(len(rows), dtype=bool))
    return rows


def _contents(desk: Desk, found: pd.DataFrame) -> pd.DataFrame:
    """Contents by how many of the orders they led to are in the desk."""
    content = found.pop("content_id")
    rows = found.assign(content_id=content).dropna(subset=["content_id"])
    each = rows.groupby("content_id")
    told = pd.DataFrame(
        {"orders": each.size(), "cases": each["in_queue"].sum(), "users": each["user_id"].nunique()}
    ).reset_index()
    if desk.scope.min_group:
        told = told[told["users"] >= desk.scope.min_group]
    ends = [
        wilson(int(n), int(of)).spread("case_rate")
        for n, of in zip(told["cases"], told["orders"], strict=True)
    ]
    told = told.reset_index(drop=True).join(
        pd.DataFrame(ends, columns=["case_rate", "case_rate_low", "case_rate_high"])
    )
    told = told.sort_values(
        ["case_rate_low", "content_id"], ascending=[False, True], ignore_index=True
    )
    return told.drop(columns="users")


def _none(scope: Scope, capacity: int, missing: tuple[str, ...]) -> Cases:
    empty = card.frame([])
    said = tuple(Finding.about("queue", one, status="unknown") for one in missing)
    return Cases(
        scope,
        pd.DataFrame(columns=list(_CASES)),
        _users(pd.DataFrame(columns=list(_CASES))),
        pd.DataFrame(columns=["content_id", "orders", "cases", "case_rate"]),
        empty, empty, empty, card.rules([]), capacity, findings=said, missing=missing,
        metrics=metrics(None), instead=_BESIDE,
    )  # fmt: skip
