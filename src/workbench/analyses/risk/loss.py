"""What an indicator costs: events a year beyond what is usual, and money an event."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.analyses.risk.days import DEPTHS, Days
from workbench.analyses.risk.signal import Signal
from workbench.charts import Chart, bars, crossed
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import pairs, say, together
from workbench.stats.cusum import DAYS_A_YEAR
from workbench.stats.interval import UNKNOWN, Interval, Z

_LATELY = 28  # days that tell what an order or a refund is worth
_WEEK = 7
_SHOWN = 8  # indicators that are drawn
_FEWEST = 5  # amounts, under which their mean is not told


class Loss(NamedTuple):
    """What it would cost in a year if it went on as in the last seven days.

    Attributes:
        events: A year, beyond what is usual; below 0 where fewer happen.
        money: An event, in minor units.
        amount: Both together, in minor units a year.
    """

    events: Interval
    money: Interval
    amount: Interval


NONE = Loss(UNKNOWN, UNKNOWN, UNKNOWN)


def loss(scope: Scope, counted: Days, signal: Signal) -> Loss:
    """Return what a signal costs; unknown where its events are worth no money that is known.

    Args:
        scope: Its playbook says what a complaint costs.
        counted: The shop's counts.
        signal: Of the seven last closed days.
    """
    if signal.now == "grey":
        return NONE
    money, place = _money(scope, counted, signal), signal.last
    usual = signal.usual[place]
    if not money.is_known or math.isnan(usual):
        return NONE
    trials = float(signal.of.trials[max(0, place - _WEEK + 1) : place + 1].sum())
    per_year = trials * DAYS_A_YEAR / _WEEK
    ends = (signal.rate[place], signal.low[place], signal.high[place])
    more = [(end - usual) * per_year for end in ends]
    events = Interval(*more) if signal.of.is_up else Interval(-more[0], -more[2], -more[1])
    return Loss(events, money, product(events, money))


def product(a: Interval, b: Interval) -> Interval:
    """Return two independent figures multiplied, the ends recovered from theirs (MOVER, as a product).

    Args:
        a: Of any sign.
        b: Above 0.
    """
    return Interval(
        a.value * b.value,
        a.value * b.value - math.hypot((a.value - a.low) * b.value, a.value * (b.value - b.low)),
        a.value * b.value + math.hypot((a.high - a.value) * b.value, a.value * (b.high - b.value)),
    )


def _money(scope: Scope, counted: Days, signal: Signal) -> Interval:
    one = signal.of
    if one.loss == "complaints":
        cost = scope.settings.playbook.costs.get("complaints", UNKNOWN)
        scale = 10 ** words.currency_style(scope.currency)[1]
        return Interval(*(scale * end for end in cost))
    if not one.loss or "orders" not in counted.tables or not scope.settings.playbook.name:
        return UNKNOWN
    by = "depth" if one.segment in DEPTHS else "platform"
    own = {by: one.segment} if one.segment else {}
    if one.loss == "refunds":
        return _mean(counted, signal.last, "given_back", "returned", own)
    each = _mean(counted, signal.last, "amount", "stands", own)
    if one.loss == "orders" or "visits" not in counted.tables:
        return each if one.loss == "orders" else UNKNOWN
    span = slice(max(0, signal.last - _LATELY + 1), signal.last + 1)
    visits = counted.sums("visits", "rows", channel="paid", **own)[span].sum()
    orders = counted.sums("orders", "stands", channel="paid", **own)[span].sum()
    return Interval(*(end * orders / visits for end in each)) if visits and orders else UNKNOWN


def _mean(counted: Days, last: int, amount: str, of: str, own: dict[str, str]) -> Interval:
    """A mean amount of the last 28 days with its 95 % interval."""
    span = slice(max(0, last - _LATELY + 1), last + 1)
    number, total, squares = (
        float(counted.sums("orders", name, **own)[span].sum())
        for name in (of, amount, f"{amount}_squares")
    )
    if number < _FEWEST:
        return UNKNOWN
    mean = total / number
    error = float(np.sqrt(max(squares / number - mean**2, 0) / (number - 1)))
    return Interval(mean, max(0.0, mean - Z * error), mean + Z * error)


def told(register: pd.DataFrame, scope: Scope) -> list[Finding]:
    """Return in words what the dearest indicator costs, and of how many that cannot be told.

    Args:
        register: Its rows.
        scope: Of which currency.
    """
    if not scope.settings.playbook.name:
        text = say(
            "What a risk costs is not told: nothing is written in parameters/risk for this shop."
        )
        return [Finding.about("cost", text, status="unknown")] if len(register) else []
    rows = _costly(register)
    if rows.empty or not rows["expected_loss_amount_low"].iloc[0] > 0:
        text = say(
            "As far as it is told in money, nothing that is red or yellow surely costs more than is usual."
        )
        return [Finding.about("cost", text)] if len(register) else []
    one = rows.iloc[0]
    text = say(
        "Dearest: {indicator}, which costs {amount:money} a year more than is usual, if it went on as in the last "
        "seven closed days (95 % sure: {low:money} to {high:money}).",
        indicator=one["indicator"],
        amount=one["expected_loss_amount"],
        low=one["expected_loss_amount_low"],
        high=one["expected_loss_amount_high"],
        currency=scope.currency,
    )
    ends = Interval(*(float(one[f"expected_loss_amount{end}"]) for end in ("", "_low", "_high")))
    return [Finding.about("cost", text, ends, "bad")]


def _costly(register: pd.DataFrame) -> pd.DataFrame:
    """What is red or yellow and costs more than is usual: surely so first, of these the dearest.

    Of dozens of calm indicators one nearly always seems to cost more: that is no news of a green one.
    """
    rows = register[register["status"].isin(["red", "yellow"])]
    above = rows[(rows["expected_loss_amount"] > 0).fillna(value=False).astype(bool)]
    is_sure = (above["expected_loss_amount_low"] > 0).astype(bool)
    ranked = above.assign(_sure=is_sure).sort_values(
        ["_sure", "expected_loss_amount"], ascending=False, kind="stable"
    )
    return ranked.drop(columns="_sure").reset_index(drop=True)


def loss_chart(register: pd.DataFrame, scope: Scope) -> Chart | MissingData:
    """Return the largest expected losses with their intervals."""
    rows = _costly(register).head(_SHOWN)
    if rows.empty:
        return MissingData(
            told(register, scope)[0].sentence
            if len(register)
            else say("There is no indicator that could cost anything.")
        )
    low, values, high = (
        rows[f"expected_loss_amount{end}"].astype(float).clip(lower=0).tolist()
        for end in ("_low", "", "_high")
    )
    texts = [words.money(value, scope.currency) for value in values]
    title = told(register, scope)[0].sentence
    return bars(
        list(rows["indicator"]), values, texts=texts, low=low, high=high, highlight=0, title=title,
        alt=pairs(rows["indicator"], texts),
        note=say("Bars: what it costs a year more than is usual; line: 95 % interval, from nought on."),
    )  # fmt: skip


def impact_chart(register: pd.DataFrame, scope: Scope) -> Chart | MissingData:
    """Return the same indicators by events a year and money an event."""
    rows = _costly(register).head(_SHOWN)
    if rows.empty:
        return MissingData(say("So there is no map of likelihood and impact."))
    names = {"events_a_year": "often", "event_amount": "cost"}
    ends = {
        f"{old}{end}": f"{new}{end}" for old, new in names.items() for end in ("", "_low", "_high")
    }
    drawn = rows[["indicator", "status", *ends]].rename(columns={"status": "state"} | ends)
    drawn = drawn.astype(dict.fromkeys(ends.values(), float))
    first = drawn.sort_values("often", ascending=False, kind="stable").iloc[0]
    title = say(
        "Most often worse than is usual: {label}, {often:short} times a year at {cost:money} each",
        label=first["indicator"],
        often=first["often"],
        cost=first["cost"],
        currency=scope.currency,
    )
    listed = [
        say("{n:count} {label}", n=n, label=name)
        for n, name in enumerate(drawn["indicator"], start=1)
    ]
    return crossed(
        drawn, form=lambda value: words.money(value, scope.currency),
        names=(say("times a year worse than is usual"), say("money each")), title=title,
        alt=pairs(drawn["indicator"], [words.short(one) for one in drawn["often"]]),
        note=together(
            say("{names:list}.", names=listed),
            say("Lines: 95 % intervals. The place ranks nothing: the list by expected loss does."),
        ),
    )  # fmt: skip
