"""Where did users move? Their levels in two periods, judged by the same thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.analyses.moves.flows import (
    KINDS,
    Array,
    class_frame,
    frame,
    kinds,
    level_changes,
    reconcile,
    stability,
)
from workbench.analyses.moves.verdicts import metrics, told
from workbench.charts import Chart, heat
from workbench.customers.few import few_levels, without
from workbench.customers.tiering import Tiered, tiered
from workbench.errors import MissingData, ParameterError
from workbench.kit import gaps, words
from workbench.kit.audience import note
from workbench.kit.findings import Finding
from workbench.kit.levels import CLASSES, classes, places
from workbench.kit.metrics import plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import pairs, say, say_n, say_rows, together
from workbench.periods import Period
from workbench.stats.disclosure import is_small, withheld_within

_YEAR = timedelta(weeks=52)


@dataclass(frozen=True)
class Moves(Result):
    """Users by their level in two periods, of which `scope` is the later one.

    Attributes:
        migration: One row for each way from one level to another: `level_before` (nine levels and
            `new`: not tiered before), `level_after` (nine levels and `lost`: no longer tiered),
            `users`. The users of a level before, and after, add up to those it had.
        class_migration: The same of the three classes: `class_before`, `class_after`, `users`.
        level_changes: One row a level, the highest first: `level`, `class`, `users_before`,
            `stayed`, `rose`, `fell`, `lost` (these four add up to it), `users_after`, `joined`
            (from another level), `new` (these two and `stayed` add up to it), `stay_rate` of the
            users before with `_low` and `_high` (Wilson's 95 %).
        stability: One row: `users_before`, `users_after`, `psi` of the nine shares (see `stability.psi`; null
            without users in a period), `stay_level_rate` and `stay_class_rate` of the users before,
            each with `_low` and `_high` (Wilson's 95 %).
        findings: What became of the core users, whether the shares of the levels are stable, who stayed.
        metrics: `core_left_rate` (of the core users before, who is not core any more),
            `stay_level_rate`, `psi`.
    """

    TOPICS: ClassVar = ("young", "core", "structure", "stayed", "span")
    migration: pd.DataFrame
    class_migration: pd.DataFrame
    level_changes: pd.DataFrame
    stability: pd.DataFrame

    def migration_chart(self) -> Chart | MissingData:
        """Return the ways between levels as a heat map; between classes on a phone."""
        title = self.findings[0].sentence
        if not self.level_changes["users_before"].sum():
            return MissingData(title)
        ways, few = self.class_migration, bool(self.migration["users"].isna().any())
        if not ways["users"].sum():  # nobody is told of
            return MissingData(title)
        is_wide = bool(self.migration["users"].sum())
        names = say_rows("{class_before:label} to {class_after:label}", ways)
        ways_told = pairs(names, map(words.count, ways["users"]))
        alt = say(
            "Users by where they were before and where they are after: {rows}.", rows=ways_told
        )
        about = say(
            "Rows: where users were before; columns: where they are after. Darker: a larger share of "
            "the row’s users."
        )
        both = say("On a wide screen the nine levels, on a narrow one the three classes.")
        dash = note(self.scope.min_group, is_needed=few)
        told = together(about, both if is_wide else "", dash)
        every = self.whole.frames()
        wide, narrow = (
            heat(_cells(rows, every[name]["users"]), title=title, alt=alt, note=told)
            for name, rows in (("migration", self.migration), ("class_migration", ways))
        )
        return wide.with_phone(narrow) if is_wide else narrow


def moves(tiers: Tiered, *, before: Scope | Period | None = None) -> Moves:
    """Return where users moved since an earlier period.

    Both periods are tiered by the thresholds of `tiers`: a level means the same in both.

    Args:
        tiers: The users now.
        before: The period to compare with, or its scope; by default the one just before, of the
            same length. One that ends a week earlier tells what moved between two weekly reports.

    Returns:
        The moves; without users, and with a finding that says why, where the orders do not reach
        back over the whole earlier period.

    Raises:
        ParameterError: If `before` does not end before the period of `tiers` does, or looks at
            another platform.
    """
    now, then = tiers.scope, _then(tiers.scope, before)
    shorter = max(then, now, key=lambda one: one.missing_days("orders"))
    untold = [one for one in (shorter, then, now) if gaps.is_untold(one, "orders")]
    if untold:
        return _nothing(tiers, "young", _untold(untold[0]))
    users = tiered(then, tiers.cuts)
    if is_small(len(users), now.fewest):
        sentence = say(
            "Where users moved is not told: fewer than {least:count} users had a level before.",
            least=now.fewest,
        )
        owners = partial(migrate, now.whole, users, tiers.users)
        return replace(_nothing(tiers, "core", sentence), owners=owners)
    moved = migrate(now, users, tiers.users)
    told = _seasonal(moved.findings, now.period.last - then.period.last)
    return replace(moved, findings=(*told, *_short(then, now), *_short(now, now)))


def _nothing(tiers: Tiered, topic: str, why: str) -> Moves:
    """No moves, and why."""
    told, nobody = Finding.about(topic, why, status="unknown"), tiers.users.head(0)
    return replace(migrate(tiers.scope, nobody, nobody), findings=(told,))


def _untold(scope: Scope) -> str:
    """Why a period with too few days of orders tells of no moves."""
    first, needed = scope.first_day("orders"), scope.period.first
    if (
        first
        and first > needed
        and not any(one.days_in(scope.period) for one in scope.gaps("orders"))
    ):
        return say(
            "Where users moved cannot be told: the orders begin on {first:day}, after {needed:day}.",
            first=first,
            needed=needed,
        )
    return say(
        "Where users moved cannot be told: {missing:count} of the {all:count} days of {days:period} "
        "are without orders.",
        missing=scope.missing_days("orders"),
        all=len(scope.period.days),
        days=scope.period,
    )


def _seasonal(findings: Sequence[Finding], apart: timedelta) -> tuple[Finding, ...]:
    """The findings without a verdict, where the two periods are not of the same weeks of the year."""
    if not apart % _YEAR:
        return tuple(findings)
    season = say("The season may explain it: the periods are not of the same weeks of the year.")
    return tuple(
        replace(one, sentence=together(one.sentence, season), status="neutral")
        if one.status in ("good", "bad")
        else one
        for one in findings
    )


def _short(scope: Scope, now: Scope) -> Iterator[Finding]:
    """That a few days of a period are missing, by what is known now."""
    first = now.first_day("orders") or scope.period.first
    early = max(0, (first - scope.period.first).days)
    if missing := early + sum(gap.days_in(scope.period) for gap in now.gaps("orders")):
        text = say_n(
            "{n:count} of the {all:count} days of {days:period} is without orders.",
            "{n:count} of the {all:count} days of {days:period} are without orders.",
            missing,
            all=len(scope.period.days),
            days=scope.period,
        )
        yield Finding.about("span", text, plain(missing))


def migrate(scope: Scope, before: pd.DataFrame, after: pd.DataFrame) -> Moves:
    """Return where the users of one period's levels stand in a later one.

    Args:
        scope: The later period, with the levels.
        before: `user_id`, `level`; one row a user who was tiered in the earlier period.
        after: The same of the later one, by the same thresholds; else what moved is the bar.

    Raises:
        ParameterError: If a level is unknown or a user has two rows in a period.
    """
    levels = scope.levels.names
    stood, stands = (
        pd.Series(places(users, levels), pd.Index(users["user_id"])) for users in (before, after)
    )
    wide = len(levels) + 1
    at = pd.concat([stood, stands], axis=1).fillna(len(levels)).to_numpy(dtype=np.int64)
    flows = np.bincount(at[:, 0] * wide + at[:, 1], minlength=wide**2).reshape(wide, wide)
    users = [np.bincount(one, minlength=len(levels)) for one in (stood, stands)]
    reconcile(flows, *users)
    row = (stable := stability(flows, *users)).iloc[0]
    core = np.array([one == CLASSES[0] for one in classes(levels).values()] + [False])
    found = Moves(
        scope,
        frame(flows, levels),
        class_frame(flows),
        level_changes(flows, levels),
        stable,
        findings=told(flows, core, row, scope.min_group),
        metrics=metrics(flows, core, row, scope.min_group),
    )
    return _without_few(found, flows, scope.min_group) if scope.min_group else found


def _without_few(found: Moves, flows: Array, least: int) -> Moves:
    """The moves without the ways of too few users, and without what would give those away."""
    rows, columns = (axis.ravel() for axis in np.indices(flows.shape))
    lines = [axis == one for axis in (rows, columns) for one in range(len(flows))]
    of = kinds(len(flows) - 1)
    blocks = of[rows] * len(KINDS) + of[columns]
    kept = np.arange(len(KINDS) ** 2)
    block_lines = [part == one for part in divmod(kept, len(KINDS)) for one in range(len(KINDS))]
    few, few_blocks = withheld_within(flows.ravel(), lines, blocks, block_lines, least)
    if not few.any():
        return found
    changes = found.level_changes
    for name in [str(one) for one in changes if one not in ("level", "class")]:
        side = f"users_{'before' if name == 'users_before' else 'after'}"
        sizes = changes[["class"]].assign(users=changes[side])
        hidden = few_levels(sizes, least) if name == side else np.ones(len(changes), dtype=bool)
        changes = without(changes, hidden, [name])
    return replace(
        found,
        migration=without(found.migration, few[:-1], ["users"]),
        class_migration=without(found.class_migration, few_blocks[:-1], ["users"]),
        level_changes=changes,
        owners=lambda: found,
    )


def _then(now: Scope, before: Scope | Period | None) -> Scope:
    if before is None:
        return now.previous()
    then = now.during(before) if isinstance(before, Period) else before
    if (then.platform, then.filters) != (now.platform, now.filters):
        raise ParameterError(f"before.platform == '{then.platform}', must be '{now.platform}'")
    if then.period.last >= (last := now.period.last):
        raise ParameterError(f"before ends on {then.period.last}, must end before {last}")
    return then


def _cells(ways: pd.DataFrame, users: pd.Series[int]) -> pd.DataFrame:
    """Cells of a heat map: users, shaded by their share of the row; nobody is left blank."""
    before, after = ways.columns[:2]
    whole = users.groupby(ways[before]).transform("sum")
    return pd.DataFrame(
        {
            "row": ways[before].map(words.label),
            "column": ways[after].map(words.label),
            "text": [words.short(users) if users else "" for users in ways["users"]],
            "weight": (ways["users"] / whole).where(ways["users"] > 0),
        }
    )
