"""What is said of the cases: how much there is to check, and how good the queue has been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from workbench.analyses.risk.judged import Agreement
from workbench.analyses.risk.lines import Scored
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.results import told_instead
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval, columns

_LAST_DAYS = 7


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
    return (_next(said), _queue(said), *_cards(said), *_rules(said), *_agreed(said))


def waiting(found: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the cases that came up in a period's last seven days and have no verdict, likeliest first."""
    is_next = found["in_queue"] & (found["verdict"] == "")
    since = pd.Timestamp(period.last - timedelta(days=_LAST_DAYS - 1))
    is_late = pd.to_datetime(found["queued_on"]) >= since
    rows = found[is_next & is_late].reset_index(drop=True)
    is_done = rows.empty and len(found) > 0
    return told_instead(rows, _none_left(period.last)) if is_done else rows


def _none_left(last: date) -> str:
    return say(
        "No order is left to check of those that came up in the seven days up to {day:day}.",
        day=last,
    )


def _next(said: Said) -> Finding:
    """What there is to check now."""
    rows, last = waiting(said.found, said.scope.period), said.scope.period.last
    if rows.empty:
        text = _none_left(last)
    elif rows["user_id"].nunique() < said.scope.min_group:
        text = say_n(
            "To check: {n:count} order, which came up in the seven days up to {day:day} and has no verdict.",
            "To check: {n:count} orders, which came up in the seven days up to {day:day} and have no verdict.",
            len(rows),
            day=last,
        )
    else:
        text = say_n(
            "To check: {n:count} order of {amount:money}, which came up in the seven days up to {day:day} and "
            "has no verdict.",
            "To check: {n:count} orders of {amount:money} in all, which came up in the seven days up to "
            "{day:day} and have no verdict.",
            len(rows),
            day=last,
            amount=float(rows["amount"].sum()),
            currency=said.scope.currency,
        )
    return Finding.about("next", text, Interval(float(len(rows))))


def metrics(said: Said | None) -> tuple[Metric, ...]:
    """Return the headline figures: of all lines together, or of those there are."""
    best = None if said is None else _best(said)
    figures = {
        name: UNKNOWN if best is None else _interval(best, f"{name}_rate")
        for name in ("precision", "recall")
    }
    return tuple(Metric(f"queue_{name}_rate", one, "rate") for name, one in figures.items())


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
    "If reviewers err equally often and each by itself, {true:percent} of what is truly bad came up (95 % sure: "
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
            "that were judged bad ({rate:percent}); on average a bad order came up {days:decimal} days after the day on "
            "which it was placed.",
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
        "(Cohen's kappa {kappa:decimal}: 0 is chance, 1 is always). If they err equally often and each by "
        "itself, {wrong:percent} of verdicts are wrong (95 % sure: {wrong_low:percent} to {wrong_high:percent}). "
        "Where few orders are bad, such errors alone keep precision and recall by the verdicts far from 100 %.",
        rate=told.rate.value,
        subjects=told.subjects,
        kappa=told.kappa,
        **told.wrong.spread("wrong"),
    )
    yield Finding.about("agreement", text, told.rate)
