"""What is said of the cases: how much there is to check, and how good the queue has been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from workbench.analyses.risk.judged import NEEDS as LABELS
from workbench.analyses.risk.judged import Agreement
from workbench.analyses.risk.lines import STRETCH, Scored
from workbench.analyses.risk.order_rules import COMMON, Rule, allowed
from workbench.kit.audience import note
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval, columns

_WEEK = timedelta(days=7)


class Said(NamedTuple):
    """What the sentences rest on.

    Attributes:
        scope: What was looked at.
        told: The moments with their scores.
        found: Every order of the period.
        cards: Before any verdict, with verdicts, both.
        by_rule: A row a rule.
        agreement: Of two reviewers of one order.
        capacity: Places a day.
        closed: First and last day, not included, of the queue whose orders are judged.
        days: The same as the shop's days; None for none.
    """

    scope: Scope
    told: Scored
    found: pd.DataFrame
    cards: tuple[pd.DataFrame, ...]
    by_rule: pd.DataFrame
    agreement: Agreement
    capacity: int
    closed: tuple[int, int]
    days: tuple[date, date] | None

    @property
    def period(self) -> Period | None:
        """The days whose orders are judged."""
        return None if self.days is None else Period(*self.days, self.scope.time_zone)


def findings(said: Said) -> tuple[Finding, ...]:
    """Return what is said, the most important first."""
    return (_queue(said), *_cards(said), *_rules(said), *_agreed(said))


def metrics(said: Said | None) -> tuple[Metric, ...]:
    """Return the headline figures: of all lines together, or of those there are."""
    best = None if said is None else _best(said)
    figures = {
        name: UNKNOWN if best is None else _interval(best, f"{name}_rate")
        for name in ("precision", "recall")
    }
    return tuple(Metric(f"queue_{name}_rate", one, "rate") for name, one in figures.items())


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
            say("Here that is so of {rules:names}.", rules=common) if common else "",
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
        say(
            "Verdicts teach only of orders so old that nine in ten of the good ones are known to be: of "
            "younger ones the bad are known first."
        ),
        say(
            "Precision: of the judged orders in the queue, those that are bad by the latest verdict; at "
            "capacity: of all places there were, those that held one. "
            "Recall: of all bad ones, those in the queue. Caught: what these orders were charged."
        ),
        say(
            "Put right: where two reviewers of one order tell how many verdicts are wrong, the bad orders found "
            "and missed are reckoned as if that share of all verdicts were turned round (Rogan and Gladen 1978)."
        ),
        *filter(None, [note(said.scope.min_group, is_needed=_is_folded(said))]),
    )  # fmt: skip


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
    return allowed(said.told.rows)


def _best(said: Said) -> pd.Series | None:
    for table in reversed(said.cards):
        if len(table):
            return table.iloc[-1]
    return None


def _interval(row: pd.Series, name: str) -> Interval:
    return Interval(*(float(row[one]) for one in columns(name)))


def _queue(said: Said) -> Finding:
    found = said.found
    cases = int(found["in_queue"].sum())
    fired = int((found["rules"] != "").sum())
    text = say(
        "{cases:count} of the {orders:count} orders placed in {days:period} came up for checking, at "
        "{capacity:count} places a day; a written rule fires at {fired:count}.",
        cases=cases,
        orders=len(found),
        days=said.scope.period,
        capacity=said.capacity,
        fired=fired,
    )
    return Finding.about("queue", text, Interval(float(cases)))


_LINE = {
    "before": message(
        "Without any verdict {found:count} of the {bad:count} orders placed in {days:period} that were judged "
        "bad came up (recall {recall:percent}, 95 % sure: {recall_low:percent} to {recall_high:percent}): "
        "{at:percent} of the places there were held a bad order, by the written rules alone {other:percent}."
    ),
    "learned": message(
        "By what the verdicts known at the time had taught, {found:count} of the {bad:count} orders placed in "
        "{days:period} that were judged bad came up (recall {recall:percent}, 95 % sure: {recall_low:percent} to "
        "{recall_high:percent}): {at:percent} of the places there were held a bad order."
    ),
    "both": message(
        "By rules and verdicts together {found:count} of the {bad:count} orders placed in {days:period} that were "
        "judged bad came up (recall {recall:percent}, 95 % sure: {recall_low:percent} to {recall_high:percent}): "
        "{at:percent} of the places there were held a bad order."
    ),
}
_WAYS = {"before": "rules_outliers", "learned": "verdicts", "both": "rules_verdicts"}
_TRUE = message(
    "Put right for wrong verdicts, that is {true:percent} of what is truly bad (95 % sure: "
    "{true_low:percent} to {true_high:percent})."
)


def _cards(said: Said) -> Iterator[Finding]:
    if said.period is None or not len(said.cards[0]):
        text = say(
            "How good the queue is cannot be told: there are no verdicts on orders that are old enough for them."
        )
        yield Finding.about("before", text, status="unknown")
        return
    for topic, table in zip(("before", "learned", "both"), said.cards, strict=True):
        if len(table):
            yield _line(said, topic, table)
    if not len(said.cards[1]):
        text = say(
            "Nothing was learned of verdicts: too few bad or good orders were known before these days."
        )
        yield Finding.about("learned", text, status="unknown")
    row = _best(said)
    if row is not None and row["lost_amount"] > 0:
        text = say(
            "What came up had been charged {caught:money} of the {lost:money} of all orders placed in {when:period} "
            "that were judged bad ({rate:percent}); a bad order came up {days:decimal} days after it was placed on "
            "average.",
            when=said.period,
            caught=row["caught_amount"],
            lost=row["lost_amount"],
            rate=row["caught_rate"],
            days=row["detection_days"],
            currency=said.scope.currency,
        ) if row["bad_found"] else say(
            "What came up held none of the {lost:money} of all orders placed in {when:period} that were judged bad.",
            when=said.period,
            lost=row["lost_amount"],
            currency=said.scope.currency,
        )  # fmt: skip
        yield Finding.about("money", text, Interval(float(row["caught_rate"])))


def _line(said: Said, topic: str, table: pd.DataFrame) -> Finding:
    own = table[table["way"] == _WAYS[topic]].iloc[0]
    rules = table.loc[table["way"] == "rules", "at_capacity_rate"]
    recall = _interval(own, "recall_rate")
    text = say(
        _LINE[topic],
        found=int(own["bad_found"]),
        bad=int(own["bad"]),
        at=own["at_capacity_rate"],
        other=rules.iloc[0] if len(rules) else None,
        days=said.period,
        **recall.spread("recall"),
    )
    true = _interval(own, "true_recall_rate")
    put_right = say(_TRUE, **true.spread("true")) if true.is_known else ""
    return Finding.about(topic, together(text, put_right), recall)


def _rules(said: Said) -> Iterator[Finding]:
    told = said.by_rule[said.by_rule["judged"] > 0].sort_values("precision_rate")
    if not len(told):
        return
    for row in told.iloc[[-1, 0]].drop_duplicates().to_dict("records"):
        text = say_n(
            "The rule “{rule:lower}” flagged {n:count} judged order, of which {bad:count} was bad "
            "({rate:percent}; 95 % sure: {rate_low:percent} to {rate_high:percent}).",
            "The rule “{rule:lower}” flagged {n:count} judged orders, of which {bad:count} were bad "
            "({rate:percent}; 95 % sure: {rate_low:percent} to {rate_high:percent}).",
            row["judged"],
            rule=row["rule"],
            bad=row["bad_found"],
            rate=row["precision_rate"],
            rate_low=row["precision_rate_low"],
            rate_high=row["precision_rate_high"],
        )
        yield Finding.about("rules", text, Interval(row["precision_rate"]))


def _agreed(said: Said) -> Iterator[Finding]:
    told = said.agreement
    if not said.cards[0].size:
        return
    if not told.rate.is_known:
        text = say(
            "How sure the verdicts are cannot be told: too few orders were judged by two reviewers."
        )
        yield Finding.about("agreement", text, status="unknown")
        return
    text = say(
        "Two reviewers said the same of {rate:percent} of the {subjects:count} orders that both judged "
        "(Cohen's kappa {kappa:decimal}): if they err alike and apart, {wrong:percent} of verdicts are wrong "
        "(95 % sure: {wrong_low:percent} to {wrong_high:percent}). Where few orders are bad, such errors alone "
        "keep precision and recall by the verdicts far from 100 %.",
        rate=told.rate.value,
        subjects=told.subjects,
        kappa=told.kappa,
        **told.wrong.spread("wrong"),
    )
    yield Finding.about("agreement", text, told.rate)
