"""How orders were made cases, and what it would take to tell more of them."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from workbench.analyses.risk.judged import NEEDS as LABELS
from workbench.analyses.risk.lines import STRETCH
from workbench.analyses.risk.order_rules import COMMON, Rule, allowed
from workbench.analyses.risk.told_cases import Said
from workbench.kit import words
from workbench.kit.audience import note
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, together


def rules_told(said: Said) -> tuple[str, ...]:
    """Return how it was counted."""
    order = " ".join(f"{place}. {say(one.says)}." for place, one in enumerate(_asked(said), 1))
    common = [one.name for one in _asked(said) if one.name not in said.told.rules]
    return (
        together(
            say("The written rules:"),
            order,
            say(
                "A rule that fired at more than {common:percent} of all orders before is no sign and does not count.",
                common=COMMON,
            ),
            say("Here that is so of {rules:list}.", rules=[words.lower(one) for one in common])
            if common
            else "",
        ),
        say(
            "An order is scored when it is placed, and again when something of it is sent back, by what "
            "was known then. Whatever is learned is learned anew every {days:duration}, from what came before.",
            days=timedelta(seconds=STRETCH),
        ),
        say(
            "At a day's end the orders and returns of the last two weeks compete for {capacity:count} "
            "places. An order comes up once; one whose verdict is known does not come up.",
            capacity=said.capacity,
        ),
        *(_of_verdicts() if len(said.cards[0]) else ()),
        *filter(None, [note(said.scope.min_group, is_needed=_is_folded(said))]),
    )  # fmt: skip


def _of_verdicts() -> tuple[str, ...]:
    """How the queue was judged, where there are verdicts."""
    return (
        say(
            "Verdicts teach only of orders so old that nine in ten of the good ones are known to be: of "
            "younger ones the bad are known first."
        ),
        say(
            "Precision: of the judged orders in the queue, those that are bad by the latest verdict; a bad one a "
            "place: of all places there were, those that held one. "
            "Recall: of all bad ones, those in the queue. Caught: what these orders were charged."
        ),
        say(
            "Told apart (AUC): how often, of a bad order and a good one, the bad one had the higher score; 0.5 is "
            "a coin, 1 without fault. Average precision: the share of bad ones among the first of the list, over "
            "all its lengths at which one more is found; 1 is without fault."
        ),
        say(
            "Put right: where two reviewers of one order tell how many verdicts are wrong, the bad orders found "
            "and missed are reckoned as if that share of all verdicts were turned round (Rogan and Gladen 1978)."
        ),
    )


def _is_folded(said: Said) -> bool:
    """Whether something of a rule is kept back."""
    return bool(said.by_rule["orders"].isna().any())


def lacking(scope: Scope, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what would be needed to tell more."""
    needs = (
        (LABELS, say("how good the queue is, and what verdicts teach")),
        ({"events": ("order_id", "product_id")}, say("what a product usually costs")),
        ({"orders": ("inviter_id",)}, say("rings of invitations")),
        ({"orders": ("refunded_at", "refunded_amount")}, say("what is sent back")),
        ({"reviews": ("order_id",)}, say("what was praised before it was sent back")),
        ({"orders": ("discount",)}, say("the misuse of discounts")),
        ({"users": ("signed_up_at",)}, say("new accounts")),
    )
    told = (scope.missing(columns_, what) for columns_, what in needs)
    quantity = scope.missing({"orders": ("quantity",)}, say("the price of a piece"))
    return tuple(dict.fromkeys(one for one in (*told, quantity) if one and len(rows)))


def _asked(said: Said) -> list[Rule]:
    """The rules that can fire: of something that they need at least one moment tells."""
    rows = said.told.rows
    return [
        one
        for one in allowed(rows)
        if any(name in rows and rows[name].notna().any() for name in one.needs)
    ]
