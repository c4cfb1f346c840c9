"""The result of a ranking: every user on one of nine levels, and its charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench.charts import Chart, bars, heat
from workbench.customers.scale import scale
from workbench.customers.thresholds import Thresholds
from workbench.kit.audience import note
from workbench.kit.levels import CLASSES
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_n, say_rows, together

_LARGEST = {
    (False, False): message(
        "The largest cell is R {r}, F {f}, M {m} ({level:lower}): {users_rate:percent} of the users."
    ),
    (False, True): message(
        "Of the cells that are told the largest is R {r}, F {f}, M {m} ({level:lower}): "
        "{users_rate:percent} of the users."
    ),
    (True, False): message(
        "On {platform:label}, the largest cell is R {r}, F {f}, M {m} ({level:lower}): "
        "{users_rate:percent} of the users."
    ),
    (True, True): message(
        "On {platform:label}, of the cells that are told the largest is R {r}, F {f}, M {m} "
        "({level:lower}): {users_rate:percent} of the users."
    ),
}
"""By whether one platform is looked at, and whether cells are kept back, which may be larger."""


_NOBODY = {
    False: message("None of the users is core."),
    True: message("On {platform:label}, none of the users is core."),
}
"""By whether one platform is looked at."""
_NO_REVENUE = {
    False: message(
        "{users:count} of the users, {share:percent}, are core; the period has no revenue to share."
    ),
    True: message(
        "On {platform:label}, {users:count} of the users, {share:percent}, are core; the period has "
        "no revenue to share."
    ),
}


@dataclass(frozen=True)
class Tiers(Result):
    """Who the users of a period are, by what they ordered in it.

    Attributes:
        scope: What was looked at; `scope.levels` are the levels in use.
        users: A row a user with a purchase in the period: `user_id`, `recency_days`, `frequency`,
            `monetary` (minor units, net of refunds), the scores `r`, `f` and `m` of 1..3 (3 is
            best), `class`, `level` and `rank` (9 is the highest level); what `Forecast.users`
            tells: `expected_orders`, `order_probability`, `expected_amount`, `ltv_amount`.
        levels: A row a level, the highest first: `class`, `level`, `users`, `users_rate` (their
            share), `revenue_amount` (minor units, net), `revenue_rate` (null where no revenue is
            left to share), the medians `recency_days`, `frequency` and `monetary` (null without
            users), and `expected_amount`, what they are expected to spend within the horizon.
        cells: A row for each of the 27 cells of scores, the best first: `r`, `f`, `m`, `class`,
            `level`, `users`, `users_rate`, `revenue_amount`, `revenue_rate`.
        thresholds: `measure`, `score_2`, `score_3` (recency: at most so many days; else: at
            least), `origin` (learned, reused or given), since which week: `learned_in` or `given_in`
            (the other is null), and what they hold for: `source`, `platform`, `base_weeks`.
        account: Where every order and all money of the source are, an `outcome` a row: `orders`,
            `amount`, `refunded_amount`, `net_amount` (minor units), see `purchases.account`; the
            tiers are found to be in it to the minor unit.
        cuts: The thresholds, to tier another period alike.
        horizon_days: How far the forecast looks.
        discount_rate: A year's, for `ltv_amount`.
        metrics: `users`, `revenue_amount`, `core_users_rate`, `core_revenue_rate`,
            `expected_amount`, `repurchase_rate` (of who bought in the 52 weeks that end with the
            period, the share who did so twice or more; a goal may be set for it).
        missing: Why nothing could be forecast, and what cannot be told without the instants of
            refunds.
    """

    TOPICS: ClassVar = ("gaps", "core", "thresholds", "span", "forecast")
    users: pd.DataFrame
    levels: pd.DataFrame
    cells: pd.DataFrame
    thresholds: pd.DataFrame
    account: pd.DataFrame
    cuts: Thresholds
    horizon_days: int
    discount_rate: float

    @property
    def scale(self) -> pd.DataFrame:
        """The thresholds in words, as `thresholds.scale` returns them."""
        return scale(self.cuts, self.scope.currency)

    def levels_chart(self) -> Chart:
        """Return each level's share of the revenue, with its share of the users as a stroke."""
        rows = self.levels
        names = say_rows("{level:label} ({class:lower})", rows)
        told = message("{revenue_rate:percent} · {users:short} users")
        texts = [
            "–" if pd.isna(users) else text
            for users, text in zip(rows["users"], say_rows(told, rows), strict=True)
        ]
        return bars(
            names,
            [max(float(worth), 0.0) for worth in rows["revenue_rate"].fillna(0)],
            texts=texts,
            title=self.about("core")[0].sentence,
            alt=say("Share of the revenue by level: {rows}.", rows=pairs(names, texts)),
            before=list(rows["users_rate"]),
            note=together(
                say("Bar: share of the revenue. Grey stroke: share of the users."),
                note(self.scope.min_group, is_needed=bool(rows["users"].isna().any())),
            ),
        )

    def cells_chart(self) -> Chart:
        """Return the 27 cells, shaded by their users, each with its level."""
        cells = self.cells
        rows = pd.DataFrame(
            {
                "row": say_rows("R {r} · F {f}", cells),
                "column": say_rows("M {m}", cells),
                "text": say_rows("{level:label}\n{users:short}", cells),
                "weight": cells["users"],
            }
        )
        names = say_rows("R {r} F {f} M {m}", cells)
        texts = say_rows("{level:label} {users:count}", cells)
        return heat(
            rows,
            title=self._largest(),
            alt=say("Users by cell: {rows}.", rows=pairs(names, texts)),
            note=together(
                say(
                    "Scores of recency (R), frequency (F) and money (M), 3 is best. In each cell its "
                    "level and its users; the darker, the more users."
                ),
                note(self.scope.min_group, is_needed=bool(cells["users"].isna().any())),
            ),
        )

    def _largest(self) -> str:
        """Name the cell with most users, of those that are told of."""
        cells, on_one = self.cells, bool(self.scope.platform)
        kept_back = cells["users"].isna()
        if kept_back.all() or (kept_back.any() and not cells["users"].any()):
            return say("No cell of scores has users enough to tell of.")
        largest = cells.loc[[cells["users"].idxmax()]].assign(platform=self.scope.platform)
        return say_rows(_LARGEST[on_one, bool(kept_back.any())], largest)[0]


def core_sentence(levels: pd.DataFrame, scope: Scope) -> str:
    """Return what the core class brings, of `Tiers.levels`."""
    core = levels[levels["class"] == CLASSES[0]]
    users = int(core["users"].sum())
    values = {
        "platform": scope.platform,
        "share": float(core["users_rate"].sum()),
        "worth": float(core["revenue_rate"].sum()),
        "amount": int(core["revenue_amount"].sum()),
        "currency": scope.currency,
    }
    if not users:
        return say(_NOBODY[bool(scope.platform)], platform=scope.platform)
    if levels["revenue_rate"].isna().all():
        return say(_NO_REVENUE[bool(scope.platform)], users=users, **values)
    if scope.platform:
        return say_n(
            "On {platform:label}, {n:count} core user, {share:percent} of all, brings "
            "{amount:money}, {worth:share} of the revenue.",
            "On {platform:label}, {n:count} core users, {share:percent} of all, bring "
            "{amount:money}, {worth:share} of the revenue.",
            users,
            **values,
        )
    return say_n(
        "{n:count} core user, {share:percent} of all, brings {amount:money}, {worth:share} of "
        "the revenue.",
        "{n:count} core users, {share:percent} of all, bring {amount:money}, {worth:share} of "
        "the revenue.",
        users,
        **values,
    )
