"""An opened source: the contract's tables as Ibis sees them, and the account of their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingData, MissingDays, unknown
from workbench.kit import audience, gaps, words
from workbench.kit.actions import Action
from workbench.kit.aims import Goal
from workbench.kit.blocks import Block, InCell
from workbench.kit.engine import Tables
from workbench.kit.levels import Levels
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.kit.settings import Settings
from workbench.periods import Period, Week, last_complete_week, to_local
from workbench.sources.doubts import Doubt
from workbench.sources.facts import Facts
from workbench.sources.portrait import portrait
from workbench.sources.users import Overlap
from workbench.sources.warehouse.opening import Warehouse
from workbench.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


_DAY = timedelta(days=1)
_PAST = timedelta(weeks=4)


@dataclass(frozen=True, eq=False, repr=False)
class Source(InCell):
    """A shop's data as contract tables.

    A table is an attribute too: `source.orders` is `source.tables["orders"]`, or MissingData.

    Attributes:
        name: What `connect` was given; for a folder its name.
        time_zone: IANA name of the shop's zone.
        currency: ISO 4217 code, "" where the source does not say.
        fingerprint: Names the files' content and what was made of it.
        steps: The shop's own funnel, () where the source does not say.
        tables: The tables that the source has.
        account: One row per table and raw file: table, file, lines = kept + excluded +
            quarantined, and money (minor units; <NA> where lines have no worth) likewise.
        reasons: table, file, outcome (excluded, quarantined), reason, lines, money.
        joined: As `account`, of the files that SELECTs join: lines that are in a row are kept.
        unjoined: As `reasons`, of those.
        span: First and last instant of events and orders, in UTC without a zone; None where the
            source has neither. (What is known of users or contents may be older than the shop.)
        facts: Rows, columns and instants of each table, known without reading it.
        folder: Where the imported tables and the quarantine lie.
        max_quarantined: Share of a table's lines in quarantine beyond which it is refused.
        notes: What was guessed about the raw files, in sentences.
        doubts: What somebody who knows the data should look at; of a warehouse nothing yet.
        overlaps: How many users of each table are in others.
        events_told: The events that there are, the most frequent first; of a warehouse nothing yet.
        files: The raw files.
        warehouse: Where the tables are; None where they were imported.
        asked_for: What `connect` was given, for a folder its path: two may be named alike.
        goals_of: By which its goals are called, "" where those are another's.
    """

    name: str
    time_zone: str
    currency: str
    fingerprint: str
    steps: tuple[str, ...]
    tables: Tables
    account: pd.DataFrame
    reasons: pd.DataFrame
    joined: pd.DataFrame
    unjoined: pd.DataFrame
    span: tuple[datetime, datetime] | None
    facts: Mapping[str, Facts]
    folder: Path
    max_quarantined: float
    notes: tuple[str, ...]
    files: tuple[Path, ...]
    doubts: tuple[Doubt, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    events_told: tuple[str, ...] = ()
    warehouse: Warehouse | None = None
    asked_for: str = ""
    goals_of: str = ""

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_") or name not in TABLES:
            known = sorted({*TABLES, *self.__dataclass_fields__})
            raise AttributeError(unknown("attribute of a source", name, known))
        table: ir.Table = getattr(self.tables, name)
        return table

    @property
    def since(self) -> datetime:
        """The first instant of events and orders; MissingData where the source has neither."""
        return self._ends()[0]

    @property
    def until(self) -> datetime:
        """The last instant of events and orders; MissingData where the source has neither."""
        return self._ends()[1]

    def _ends(self) -> tuple[datetime, datetime]:
        if self.span is None:
            raise MissingData(
                f"source '{self.name}' has no events and no orders, so no latest week: name the week "
                "that its tables stand for, as YYYY-Www"
            )
        return self.span

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    def block(self) -> Block:
        """Return its tables, days and what was set aside."""
        named = {
            say("Time zone"): self.time_zone,
            say("Currency"): self.currency,
            say("Contents"): self.fingerprint[:12],
            **({say("Funnel"): " → ".join(map(words.label, self.steps))} if self.steps else {}),
        }
        return portrait(self.name, named, self.facts, self.account, self.time_zone)

    def verify(self) -> None:
        """Check that the tables are still those that were opened; imported ones always are.

        Raises:
            SourceError: If a warehouse was changed since.
        """
        if self.warehouse:
            self.warehouse.verify()

    def refused(self) -> str:
        """Return why the source may not be used: a table with too much in quarantine; "" if none."""
        lines = self.account.groupby("table", sort=False)[["lines", "quarantined"]].sum()
        for table, (total, bad) in lines.iterrows():
            if bad > self.max_quarantined * total:
                why = self.why_aside(str(table)).sort_values(
                    "lines", kind="stable", ascending=False
                )
                return say(
                    "{source}: {bad:count} of {total:count} lines of {table} are in quarantine ({rate:percent}, "
                    "max_quarantined is {most:whole_percent}), most of them because it is {reason}: see "
                    "`workbench check`",
                    source=self.name,
                    bad=bad,
                    total=total,
                    table=table,
                    rate=bad / total,
                    most=self.max_quarantined,
                    reason=why["reason"].iloc[0],
                )
        return ""

    def why_aside(self, table: str) -> pd.DataFrame:
        """Return the rows of `reasons` that say why lines of a table are in quarantine."""
        is_meant = (self.reasons["table"] == table) & (self.reasons["outcome"] == "quarantined")
        return self.reasons[is_meant]

    def period(self, week: str, weeks: int) -> Period:
        """Return the `weeks` weeks that end with `week`.

        Args:
            week: `YYYY-Www`, or `latest` for the last week in the data whose days are filled as
                usual.
            weeks: How many; those before the data begin are empty.

        Raises:
            MissingData: If `week` lies outside the events and orders, or they span no complete week;
                if there are neither, and `week` names none.
            ParameterError: If `week` is none.
        """
        if self.span is None and week != "latest":
            return Period.weeks(Week.parse(week), weeks, self.time_zone)
        first = Week.of(to_local(self.since, self.time_zone).date())
        last = Week.of(to_local(self.until, self.time_zone).date())
        latest = week == "latest"
        chosen = self._latest[0] if latest else Week.parse(week)
        if chosen < first:
            reason = "has no complete week yet" if latest else f"begins only in {first}"
            raise MissingDays(f"week == '{week}', but source '{self.name}' {reason}")
        if chosen > last:
            raise MissingDays(f"week == '{week}', but source '{self.name}' ends in {last}")
        return Period.weeks(chosen, weeks, self.time_zone)

    @cached_property
    def _latest(self) -> tuple[Week, tuple[gaps.Gap, ...]]:
        """The last complete week without a gap, and the gaps for which it is no newer one.

        A table that ended more than four weeks ago is past, and not missing.
        """
        since, until = (to_local(at, self.time_zone).date() for at in (self.since, self.until))
        whole = self._scope_of(Period(since, until, self.time_zone))
        found = {name: whole.gaps(name) for name in ("events", "orders")}
        filled = max(
            gaps.filled_until(found[name], at, self.time_zone)
            for name in found
            if name in self.facts and (at := self.facts[name].last)
        )
        # After the last filled day of all tables it is not one that is past, but stray lines.
        recent = min(until - _PAST, to_local(filled, self.time_zone).date())
        every = [
            gap for own in found.values() for gap in own if gap.first > recent or gap.last < until
        ]
        newest = chosen = last_complete_week(filled, self.time_zone)
        while any(gap.touches(chosen.monday, chosen.plus(1).monday - _DAY) for gap in every):
            chosen = chosen.plus(-1)
        newest = max(newest, last_complete_week(self.until, self.time_zone))
        if chosen < Week.of(since):  # nothing is filled: the last one that is over
            chosen = newest
        after = chosen.plus(1).monday, newest.plus(1).monday - _DAY
        return chosen, tuple(gap for gap in every if newest > chosen and gap.touches(*after))

    @cached_property
    def _begin(self) -> dict[str, datetime | None]:
        """The first instant of each table; of events and orders that of the first that is no stray."""
        found = {name: facts.first for name, facts in self.facts.items()}
        for name in ("events", "orders"):
            if (first := found.get(name)) and (last := self.facts[name].last):
                found[name] = gaps.begins(self.tables[name], name, first, last, self.time_zone)
        return found

    def _scope_of(self, period: Period, platform: str = "", **given: Any) -> Scope:
        return Scope(
            self.tables,
            period,
            platform,
            self.currency,
            self.asked_for,
            self.steps,
            first_instants=self._begin,
            **given,
        )

    def scope(
        self,
        week: str = "latest",
        weeks: int = 4,
        platform: str = "",
        *,
        levels: Levels | None = None,
        actions: Mapping[str, Action] | None = None,
        goals: Mapping[str, Goal | float] | None = None,
    ) -> Scope:
        """Return what is looked at: `weeks` weeks that end with `week`, on a platform.

        Args:
            week: As for `period`.
            weeks: As for `period`.
            platform: Only its events, orders and users; empty means all.
            levels: In place of the shop's own, `parameters/tiers.yaml`.
            actions: In place of the shop's own, `parameters/actions.yaml`.
            goals: In place of the shop's own, `parameters/goals/SOURCE.yaml`: numbers, or `Goal`.

        Raises:
            MissingData: As `period`.
            ParameterError: As `period`; to others than the owner, also if the platform is unknown or
                has too few users.
        """
        scope = self._scope_of(
            self.period(week, weeks),
            platform,
            settings=Settings(levels=levels, actions=actions, goals=goals, source=self.goals_of),
            later=self._latest[1] if week == "latest" else (),
            min_group=audience.min_group(),
        )
        table = next((one for one in ("events", "orders") if one in self.tables), "")
        if scope.min_group and platform and table:
            scope.check_platform(table)
        return scope
