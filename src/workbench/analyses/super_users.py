"""Super users: who has accounts on several platforms, what do they bring, how often do they return?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench import charts
from workbench.customers.days import NEEDS as CUSTOMERS
from workbench.customers.few import without
from workbench.customers.purchases import purchases, returns
from workbench.errors import MissingData
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_n, say_rows, together
from workbench.periods import Period
from workbench.stats.disclosure import Mask, is_small, withheld
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import difference, wilson

NEEDS = {"identities": ("platform", "user_id"), **CUSTOMERS}
_SUMMED = ("platforms", "bought", "paid", "given_back")
_COUNTED = ("platforms", "users", "buyers", "again", "net_amount")
_MOST = 3  # platforms: so many or more are counted together


@dataclass(frozen=True)
class SuperUsers(Result):
    """Users by the number of platforms on which they have an account.

    Attributes:
        by_platforms: One row for one, two, and three or more platforms: `platforms` (1..3, the
            last means "or more"), `users`, `users_rate` (their share), `buyers` (with a purchase
            in the 52 weeks that end with the period), `again` (of those, with a second one),
            `repurchase_rate` with its ends, `net_amount` (bought less given back in those weeks,
            minor units) and `net_amount_rate` (their share; null where there is no money).
        gain: Repurchase rate of users on several platforms less that of the others, with its ends.
        metrics: `super_users_gain`, which is `gain`.
        missing: What more this would need, or whom it leaves out.
    """

    TOPICS: ClassVar = ("gain", "share")
    by_platforms: pd.DataFrame
    gain: Interval

    def by_platforms_chart(self) -> charts.Chart | MissingData:
        """Return how many order again, by the number of platforms."""
        shown = self.by_platforms[self.by_platforms["buyers"] > 0]
        if shown.empty and self.owners:
            return MissingData(self.findings[0].sentence)
        if shown.empty:
            why = say("No user with an account has an order.")
            return MissingData(together(*self.missing) or why)
        labels = [_label(int(number)) for number in shown["platforms"]]
        texts = say_rows("{repurchase_rate:percent} of {buyers:count}", shown)
        return charts.bars(
            labels,
            list(shown["repurchase_rate"]),
            texts=texts,
            low=list(shown["repurchase_rate_low"]),
            high=list(shown["repurchase_rate_high"]),
            title=self.findings[0].sentence,
            alt=pairs(labels, texts),
            note=together(
                say(
                    "Share of the users with an order in these 52 weeks who have a second one in "
                    "them, by the platforms on which they have an account; strokes: 95 % intervals. "
                    "Who likes the shop best follows it in more places, so this does not show an "
                    "effect of being there."
                ),
                say(
                    "Groups of fewer than {least:count} buyers are left out, and what would give "
                    "them away.",
                    least=self.scope.min_group,
                )
                if self.owners
                else "",
            ),
        )


def super_users(scope: Scope) -> SuperUsers:
    """Return how users on several platforms differ from the others.

    A super user has accounts on two platforms or more, as `identities` joins them; accounts on
    one platform count once, whenever they were opened. The comparison describes and explains
    nothing: nobody was put on a platform by lot.

    Args:
        scope: Purchases of the 52 weeks that end with it count; what it lacks is told in
            `missing`.
    """
    if lacking := scope.missing(NEEDS, say("what users on several platforms do")):
        unknown = Metric("super_users_gain", UNKNOWN, "points")
        return SuperUsers(scope, _rows([]), UNKNOWN, metrics=(unknown,), missing=(lacking,))
    scope.check_platform("orders")
    year = scope.over(52)
    counted = _counted(year)
    known = counted[counted["platforms"] > 0]
    rows = _rows(known.to_numpy().tolist())
    several = rows["platforms"] > 1
    shares = [
        (int(rows.loc[part, "again"].sum()), int(rows.loc[part, "buyers"].sum()))
        for part in (several, ~several)
    ]
    gain = difference(*shares) if all(trials for _hits, trials in shares) else UNKNOWN
    first = max(year.period.first, scope.first_day("orders") or year.period.first)
    days = Period(first, year.period.last, year.time_zone)
    found = SuperUsers(
        scope,
        rows,
        gain,
        findings=(*_gain(gain, shares, days), *_share(rows, several, days)),
        metrics=(Metric("super_users_gain", gain, "points"),),
        missing=_left_out(int(counted.loc[counted["platforms"] == 0, "buyers"].sum())),
    )
    return _without_few(found, several.to_numpy()) if scope.min_group else found


def _without_few(found: SuperUsers, several: Mask) -> SuperUsers:
    """The same without groups of too few buyers, and without what would give those away."""
    rows, least = found.by_platforms, found.scope.min_group
    buyers, everybody = rows["buyers"].to_numpy(), np.ones(len(rows), dtype=np.bool_)
    untold = any(is_small(buyers[part].sum(), least) for part in (several, ~several))
    sums = [everybody] if untold else [everybody, several, ~several]
    few = withheld(buyers, sums, least)
    if not few.any():
        return found
    figures = [str(name) for name in rows if name != "platforms"]
    told = replace(found, by_platforms=without(rows, few, figures), owners=lambda: found)
    if not untold:
        return told
    sentence = say(
        "What users on several platforms bring is not told: fewer than {least:count} of them have "
        "an order, or of the others.",
        least=least,
    )
    finding = Finding.about("gain", sentence, status="unknown")
    unknown = (Metric("super_users_gain", UNKNOWN, "points"),)
    return replace(told, gain=UNKNOWN, findings=(finding,), metrics=unknown)


def _counted(year: Scope) -> pd.DataFrame:
    """Users, buyers, who bought again and their money, by platforms; 0: without an account."""
    bought, back = purchases(year), returns(year)
    accounts = year.history.identities.select("user_id", "platform").distinct()
    every = ibis.union(
        _part(accounts, platforms=1),
        _part(bought.filter(bought.ordered_at >= year.start), bought=1, paid=bought.amount),
        _part(back.filter(back.ordered_at >= year.start), given_back=back.refunded_amount),
    )
    users = every.group_by("user_id").agg(**{name: every[name].sum() for name in _SUMMED})
    users = users.mutate(platforms=ibis.least(users.platforms, _MOST))
    counted = users.group_by("platforms").agg(
        users=users.count(),
        buyers=(users.bought > 0).sum(),
        again=(users.bought > 1).sum(),
        net_amount=(users.paid - users.given_back).sum(),
    )
    return frame(counted).sort_values("platforms").astype("int64")


def _part(rows: ir.Table, **given: int | ir.Value) -> ir.Table:
    """The users of some rows with what each row adds; what is not given is nothing."""
    columns = {
        name: ibis.literal(value, "int64") if isinstance(value, int) else value
        for name, value in {**dict.fromkeys(_SUMMED, 0), **given}.items()
    }
    return rows.select("user_id", **columns)


def _rows(counted: list[list[int]]) -> pd.DataFrame:
    """The frame from rows of what `_COUNTED` names."""
    rows = pd.DataFrame(counted, columns=list(_COUNTED), dtype="int64")
    rates = [wilson(*pair) for pair in zip(rows["again"], rows["buyers"], strict=True)]
    rows = rows.join(pd.DataFrame(rates, columns=columns("repurchase_rate"), dtype="float64"))
    for name in ("users", "net_amount"):
        total = int(rows[name].sum())
        rows[f"{name}_rate"] = rows[name] / (total if total > 0 else math.nan)
    return rows


def _gain(gain: Interval, shares: list[tuple[int, int]], counted: Period) -> Iterator[Finding]:
    if gain.is_known:
        rate, other = (wilson(*pair).value for pair in shares)
        text = say(
            "Of the buyers on several platforms {rate:percent} ordered again ({period:period}), of "
            "those on one {other:percent}: {gain:points} (95 % sure: {gain_low:points} to "
            "{gain_high:points}).",
            period=counted,
            rate=rate,
            other=other,
            **gain.spread("gain"),
        )
        yield Finding.about("gain", text, gain)


def _share(rows: pd.DataFrame, several: pd.Series[bool], counted: Period) -> Iterator[Finding]:
    if not rows["buyers"].sum():
        return
    users, money = (
        float(rows.loc[several, f"{name}_rate"].sum(skipna=False)) if several.any() else 0.0
        for name in ("users", "net_amount")
    )
    template = message(
        "{users:percent} of the users with an account are on several platforms; they bring "
        "{money:percent} of the money ({period:period})."
    )
    if math.isnan(money):
        template = message("{users:percent} of the users with an account are on several platforms.")
    text = say(template, users=users, money=money, period=counted)
    yield Finding.about("share", text, plain(users))


def _left_out(users: int) -> tuple[str, ...]:
    text = say_n(
        "{n:count} user with an order has no account in identities and is left out.",
        "{n:count} users with an order have no account in identities and are left out.",
        users,
    )
    return (text,) if users else ()


def _label(platforms: int) -> str:
    if platforms == _MOST:
        return say("{n:count} or more", n=platforms)
    return say_n("{n:count} platform", "{n:count} platforms", platforms)
