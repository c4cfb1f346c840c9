"""Super users: who has accounts on several platforms, what they bring, and how often they return."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench import charts
from workbench.customers.purchases import first_day, purchases, returns
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.scope import frame, lacking, of_platform, year_to
from workbench.kit.sentences import message, say, say_n
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import difference, wilson

NEEDS = {
    "identities": ("platform", "user_id"),
    "orders": ("user_id", "order_id", "ordered_at", "amount"),
}
_SUMMED = ("platforms", "bought", "paid", "given_back")
_MOST = 3  # platforms: so many or more are counted together


@dataclass(frozen=True)
class SuperUsers:
    """Users by the number of platforms on which they have an account.

    Attributes:
        by_platforms: One row for one, two, and three or more platforms: `platforms` (1..3, the
            last means "or more"), `users`, `users_rate` (their share), `buyers` (with a purchase
            in the 52 weeks that end with the period), `again` (of those, with a second one),
            `repurchase_rate` with its ends, `net_amount` (bought less given back in those weeks,
            minor units) and `net_amount_rate` (their share; null where there is no money).
        gain: Repurchase rate of users on several platforms less that of the others, with its ends.
        currency: ISO 4217 code of the amounts.
        findings: The same in sentences.
        missing: What more this would need, or whom it leaves out; empty if nothing.
    """

    by_platforms: pd.DataFrame
    gain: Interval
    currency: str
    findings: tuple[Finding, ...]
    missing: str

    def by_platforms_chart(self) -> charts.Chart | MissingData:
        """Return how many order again, by the number of platforms."""
        if not self.by_platforms["buyers"].sum():
            return MissingData(self.missing or say("No user with an account has an order."))
        shown = self.by_platforms[self.by_platforms["buyers"] > 0]
        labels = [_label(int(number)) for number in shown["platforms"]]
        texts = [
            say("{rate:percent} of {users:count}", rate=rate, users=users)
            for rate, users in zip(shown["repurchase_rate"], shown["buyers"], strict=True)
        ]
        return charts.bars(
            labels,
            list(shown["repurchase_rate"]),
            texts=texts,
            low=list(shown["repurchase_rate_low"]),
            high=list(shown["repurchase_rate_high"]),
            title=self.findings[0].sentence,
            alt="; ".join(f"{a}: {b}" for a, b in zip(labels, texts, strict=True)),
            note=say(
                "Share of the users with an order in these 52 weeks who have a second one in "
                "them; strokes: 95 % intervals. Who likes the shop best follows it in more places, "
                "so this does not show an effect of being there."
            ),
        )


def super_users(
    tables: Mapping[str, ir.Table], period: Period, *, platform: str = "", currency: str = ""
) -> SuperUsers:
    """Return how users on several platforms differ from the others.

    A super user has accounts on two platforms or more, as `identities` joins them; accounts on
    one platform count once, whenever they were opened. The comparison describes and explains
    nothing: nobody was put on a platform by lot.

    Args:
        tables: The source's tables; what they lack is told in `missing`.
        period: The report's days; purchases of the 52 weeks that end with it count.
        platform: Only this platform's orders; empty means all.
        currency: ISO 4217 code of the amounts.
    """
    missing = lacking(tables, NEEDS, say("what users on several platforms do"))
    if missing:
        return SuperUsers(_rows([]), UNKNOWN, currency, (), missing)
    orders = of_platform(tables, platform)["orders"]
    year = year_to(period)
    joined = _joined(tables["identities"], orders, year)
    users = joined.filter(joined.platforms > 0)
    counted = frame(
        users.group_by("platforms").agg(
            users=users.count(),
            buyers=(users.bought > 0).sum(),
            again=(users.bought > 1).sum(),
            net_amount=(users.paid - users.given_back).sum(),
        )
    ).sort_values("platforms")
    rows = _rows([[int(value) for value in row] for row in counted.to_numpy()])
    several = rows["platforms"] > 1
    pairs = [
        (int(rows.loc[part, "again"].sum()), int(rows.loc[part, "buyers"].sum()))
        for part in (several, ~several)
    ]
    gain = difference(*pairs) if all(trials for _hits, trials in pairs) else UNKNOWN
    first = first_day(orders, period) or year.first
    known = Period(max(year.first, first), year.last, year.time_zone)
    findings = tuple(_findings(rows, several, gain, pairs, known))
    return SuperUsers(rows, gain, currency, findings, _left_out(joined))


def _joined(identities: ir.Table, orders: ir.Table, year: Period) -> ir.Table:
    """Each user of an account or an order: platforms (0: no account), bought, paid, given_back."""
    bought, back = purchases(orders, year.end), returns(orders, year.end)
    accounts = identities.select("user_id", "platform").distinct()
    every = ibis.union(
        _part(accounts, platforms=1),
        _part(bought.filter(bought.ordered_at >= year.start), bought=1, paid=bought.amount),
        _part(back.filter(back.ordered_at >= year.start), given_back=back.refunded_amount),
    )
    summed = every.group_by("user_id").agg(**{name: every[name].sum() for name in _SUMMED})
    return summed.mutate(platforms=ibis.least(summed.platforms, _MOST))


def _part(rows: ir.Table, **given: int | ir.Value) -> ir.Table:
    """The users of some rows with what each row adds; what is not given is nothing."""
    columns = {
        name: ibis.literal(value, "int64") if isinstance(value, int) else value
        for name, value in {**dict.fromkeys(_SUMMED, 0), **given}.items()
    }
    return rows.select("user_id", **columns)


def _rows(counted: list[list[int]]) -> pd.DataFrame:
    """The frame from rows of platforms, users, buyers, again and net_amount."""
    names = ["platforms", "users", "buyers", "again", "net_amount"]
    rows = pd.DataFrame(counted, columns=names, dtype="int64")
    rates = [
        wilson(hits, trials) for hits, trials in zip(rows["again"], rows["buyers"], strict=True)
    ]
    for place, ending in enumerate(("", "_low", "_high")):
        rows[f"repurchase_rate{ending}"] = [rate[place] for rate in rates]
    for name in ("users", "net_amount"):
        total = int(rows[name].sum())
        rows[f"{name}_rate"] = rows[name] / (total if total > 0 else math.nan)
    return rows


def _findings(
    rows: pd.DataFrame,
    several: pd.Series[bool],
    gain: Interval,
    pairs: list[tuple[int, int]],
    counted: Period,
) -> Iterator[Finding]:
    if not math.isnan(gain[0]):
        rates = [wilson(*pair)[0] for pair in pairs]
        sentence = say(
            "Of the users on several platforms {rate:percent} ordered again ({period}), of those on one "
            "{other:percent}: {change:points} (95 % sure: {low:points} to {high:points}).",
            period=counted,
            rate=rates[0],
            other=rates[1],
            change=gain[0],
            low=gain[1],
            high=gain[2],
        )
        yield Finding(sentence, *gain)
    if not rows["buyers"].sum():
        return
    users, money = (
        float(rows.loc[several, f"{name}_rate"].sum(skipna=False)) if several.any() else 0.0
        for name in ("users", "net_amount")
    )
    sentence = (
        message("{users} of the users are on several platforms.")
        if math.isnan(money)
        else message(
            "{users} of the users are on several platforms; they bring {money} of the money."
        )
    )
    yield Finding(sentence.format(users=words.percent(users), money=words.percent(money)), users)


def _left_out(joined: ir.Table) -> str:
    unknown = joined.filter(joined.platforms == 0, joined.bought > 0)
    count = int(unknown.count().to_pyarrow().as_py())
    if not count:
        return ""
    return say_n(
        "{users:count} user with an order has no account in identities and is left out.",
        "{users:count} users with an order have no account in identities and are left out.",
        count,
        users=count,
    )


def _label(platforms: int) -> str:
    return {1: say("1 platform"), _MOST: say("{n} or more", n=_MOST)}.get(
        platforms, say("{n} platforms", n=platforms)
    )
