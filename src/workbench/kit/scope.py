"""What is looked at: which days, which platform, of which shop; chosen once, for every analysis.

scope.orders             cut to the period and the platform
scope.history.orders     all up to the period's end, on every platform
scope.previous()         the period before, of the same length
scope.until("2026-W30")  the same length, ending there; nothing after it is known
scope.over(52)           so many weeks, ending where this scope ends
scope.on("wechat")       another platform
scope.where(channel="live")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit import gaps, words
from workbench.kit.actions import Action
from workbench.kit.aims import Goal
from workbench.kit.blocks import Block, InCell, facts_block
from workbench.kit.engine import Tables, frame, told_apart
from workbench.kit.levels import Levels
from workbench.kit.sentences import say, say_n
from workbench.kit.settings import Settings
from workbench.periods import Period, Week, to_local
from workbench.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

_FILTERED = ("events", "orders")
_STANDING = ("users", "contents")  # who and what there is: older than any period, and still there
_BEGUN = {"users": "signed_up_at"}  # where the contract has no instant that every row must have


@dataclass(frozen=True, eq=False, repr=False)
class Scope(InCell):
    """One frozen record of what is looked at; made by `shop.scope(week, weeks, platform)`.

    A table cut to the period and the platform is an attribute: `scope.orders`. Users and contents
    have no day: those known by the period's end are there. What the contract dates nowhere
    (identities, features) is there whole.

    Attributes:
        tables: The source's own tables, uncut; for accounts that must add up to the whole.
        period: The days that are looked at.
        platform: The one whose events, orders and users count; empty means all.
        currency: ISO 4217 code of all amounts; empty where the source does not say.
        source: What `connect` was asked for.
        steps: The shop's own funnel, () where the source does not say.
        settings: The shop's levels, actions and goals.
        first_instants: The first instant of each table, where that is known unasked.
        filters: Columns with the one value that counts, as `where` was given them.
        min_group: Users, under which nothing is told of a group; 0 for the owner, who is told all.
        later: Days without data for which no newer week was chosen as the latest.
    """

    tables: Tables
    period: Period
    platform: str = ""
    currency: str = ""
    source: str = ""
    steps: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    first_instants: Mapping[str, datetime | None] = field(default_factory=dict)
    filters: tuple[tuple[str, str], ...] = ()
    min_group: int = 0
    later: tuple[gaps.Gap, ...] = ()
    _asked: dict[Any, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_") or name not in TABLES:
            known = [*TABLES, *(one for one in dir(type(self)) if not one.startswith("_"))]
            raise AttributeError(unknown("attribute of a scope", name, known))
        table: ir.Table = getattr(self.known, name)
        at = TABLES[name].instant
        if not at or name in _STANDING:
            return table
        start = self.period.first if TABLES[name][at].type == "date" else self.start
        return table.filter(table[at] >= start)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    @property
    def time_zone(self) -> str:
        """IANA name of the shop's zone."""
        return self.period.time_zone

    @property
    def start(self) -> datetime:
        """The period's first instant, in UTC without a zone."""
        return self.period.start

    @property
    def end(self) -> datetime:
        """The first instant after the period, in UTC without a zone; nothing from it on is known."""
        return self.period.end

    @property
    def week(self) -> Week:
        """The period's last week."""
        return Week.of(self.period.last)

    @property
    def levels(self) -> Levels:
        """The shop's nine levels."""
        return self.settings.levels

    @property
    def actions(self) -> Mapping[str, Action]:
        """What the shop does for each class."""
        return self.settings.actions

    @property
    def goals(self) -> Mapping[str, Goal]:
        """The shop's goals by measure."""
        return self.settings.goals

    @property
    def fewest(self) -> int:
        """Users, under which nothing is told of any part of this scope; 0 for the whole shop."""
        return self.min_group if self.platform or self.filters else 0

    @property
    def whole(self) -> Scope:
        """The same for the owner, who is told of every group."""
        return replace(self, min_group=0)

    @cached_property
    def history(self) -> Tables:
        """Everything up to the period's end, on all platforms: who is new, a year back, the past.

        An order's status and refunds are as the source knows them today; what they had come to by
        the end is for `customers.purchases` to say.
        """
        return self.tables.each(self._until_end)

    @cached_property
    def known(self) -> Tables:
        """The history of this platform, and of what `where` chose, alone."""
        return self.history.each(self.cut)

    def cut(self, name: str, table: ir.Table) -> ir.Table:
        """Return a table, or one made of it, with only what is of the platform and `where` chose."""
        table = Tables({name: table}).on(self.platform)[name]
        for column, value in self.filters if name in _FILTERED else ():
            table = table.filter(table[column] == value)
        return table

    def previous(self) -> Scope:
        """Return the scope of the same length that ends where this one starts."""
        return replace(self, period=self.period.previous())

    def until(self, end: Week | str | date) -> Scope:
        """Return the scope of the same length that ends with a week (`2026-W30`) or a day."""
        last = Week.parse(end) if isinstance(end, str) else end
        day = last.plus(1).monday - timedelta(days=1) if isinstance(last, Week) else last
        shift = self.period.last - day
        return self.during(Period(self.period.first - shift, day, self.time_zone))

    def over(self, weeks: int) -> Scope:
        """Return the scope of so many weeks that ends where this one ends."""
        last = self.period.last
        return self.during(Period(last - timedelta(days=7 * weeks - 1), last, self.time_zone))

    def during(self, period: Period) -> Scope:
        """Return the scope of other days."""
        return replace(self, period=period)

    def on(self, platform: str) -> Scope:
        """Return the scope of another platform; empty means all."""
        return replace(self, platform=platform)

    @property
    def everywhere(self) -> Scope:
        """The same days on all platforms, whatever `where` chose."""
        return replace(self, platform="", filters=())

    def where(self, **columns: str) -> Scope:
        """Return the scope of the events and orders whose columns have these values.

        A table of the two that lacks a column is not in that scope: MissingData, where it is asked
        for.

        Raises:
            ParameterError: If neither table has such a column.
        """
        tables = {name: self.tables[name] for name in _FILTERED if name in self.tables}
        lacking = dict(self.tables.lacking)
        for column in columns:
            there = {one for table in tables.values() for one in table.columns}
            if column not in there:
                raise ParameterError(unknown("column", column, there))
            lacking |= {name: column for name in tables if column not in tables[name].columns}
        kept = {name: table for name, table in self.tables.items() if name not in lacking}
        for name in [one for one in kept if self.min_group and one in _FILTERED][:1]:
            for column, value in columns.items():
                if value not in (told := self.told_apart(name, column)):
                    raise ParameterError(unknown(column, value, told))
        filters = (*self.filters, *columns.items())
        return replace(self, tables=Tables(kept, self.source, lacking), filters=filters)

    def first_day(self, table: str) -> date | None:
        """Return the shop's day of the first row of a table in this scope; None without any row."""
        if table in self.first_instants and not self.platform and not self.filters:
            first = self.first_instants[table]
        else:
            question = ("first", table, self.platform, self.filters)
            first = self.asked(question, lambda: self._first(table), shared=True)
            begin = self.first_instants.get(table)
            first = max(first, begin) if first and begin else first
        return None if first is None else to_local(first, self.time_zone).date()

    def gaps(self, table: str) -> tuple[gaps.Gap, ...]:
        """Return the days without data of events or orders up to the scope's end, in order.

        Nothing that such days touch is to be compared with other days.
        """
        last = self.period.last

        def find() -> tuple[gaps.Gap, ...]:
            first = self.first_day(table)
            if first is None or first >= last:
                return ()
            return gaps.find(self.known[table], table, first, last, self.time_zone)

        if table not in self.tables:
            return ()
        question = ("gaps", table, last, self.platform, self.filters)
        found: tuple[gaps.Gap, ...] = self.asked(question, find, shared=True)
        return found

    def missing_days(self, table: str) -> int:
        """Return how many of the period's days a table misses: before it begins, and in its gaps."""
        period, first = self.period, self.first_day(table)
        if first is None or first > period.last:
            return len(period.days)
        early = max(0, (first - period.first).days)
        return early + sum(gap.days_in(period) for gap in self.gaps(table))

    def platforms(self, table: str = "") -> tuple[str, ...]:
        """Return the platforms that a table tells of, in any period, sorted.

        Others are told those with users enough in this one, of whom enough remain without them:
        see `disclosure.folded`.

        Args:
            table: Its name; by default events, or orders where there are none.
        """
        name = table or next((one for one in ("events", "orders") if one in self.tables), "")
        if "platform" not in self._columns(name):
            return ()
        if self.min_group and "user_id" in self._columns(name):
            return replace(self, platform="").told_apart(name, "platform")
        known = self.tables[name]

        def find() -> tuple[str, ...]:
            rows = known.filter(known.platform.notnull()).select("platform").distinct()
            return tuple(sorted(frame(rows)["platform"]))

        return tuple(self.asked(("platforms", name), find, shared=True))

    def told_apart(self, table: str, column: str) -> tuple[str, ...]:
        """Return the values of a column with users enough who began there: see `disclosure.folded`.

        Who has an event of the shop's first step has begun.
        """
        rows = getattr(self, table)
        if table == "events" and self.steps:
            rows = rows.filter(rows.event == self.steps[0])
        question = ("told apart", table, column, self.min_group)
        found: tuple[str, ...] = self.asked(
            question, lambda: told_apart(rows, column, self.min_group)
        )
        return found

    def check_platform(self, table: str) -> None:
        """Refuse a platform that a table does not tell of.

        Raises:
            MissingData: If there is no such table, or it does not tell of platforms.
            ParameterError: If no row is of that platform; to others, also if it has too few users.
        """
        if self.platform and "platform" not in getattr(self.tables, table).columns:
            raise MissingData(
                f"platform == '{self.platform}', but the {table} here have no column 'platform'"
            )
        if self.platform and self.platform not in (known := self.platforms(table)):
            raise ParameterError(unknown("platform", self.platform, known))

    def missing(self, needs: Mapping[str, Sequence[str]], what: str) -> str:
        """Return what a section would need, in a sentence; empty if nothing is missing.

        Args:
            needs: Columns by table.
            what: What the section would show, as it stands within the sentence.
        """
        gaps = []
        for name, columns in needs.items():
            if absent := self.lacking(name, columns):
                told = {"table": name, "columns": ", ".join(absent)}
                gaps.append(
                    say_n(
                        "the column {columns} of {table}",
                        "the columns {columns} of {table}",
                        len(absent),
                        **told,
                    )
                    if name in {*self.tables, *self.tables.lacking}
                    else say("the table {table} ({columns})", **told)
                )
        if not gaps:
            return ""
        return say(
            "To show {what}, this report would need {gaps}.", what=what, gaps=words.listed(gaps)
        )

    def lacking(self, table: str, columns: Sequence[str]) -> list[str]:
        """Return which of these columns there are not; of a table that `where` left out, its."""
        if table in self.tables.lacking:
            return [self.tables.lacking[table]]
        return [one for one in columns if one not in self._columns(table)]

    def asked(self, question: Any, ask: Any, *, shared: bool = False) -> Any:
        """Return the answer to a question to the engine, which is asked once.

        Args:
            question: What tells it from others of the same scope, hashable.
            ask: Asks; takes nothing.
            shared: Whether the answer rests on nothing of the scope but its tables.
        """
        own = (self.period, self.platform, self.filters, self.steps, self.settings)
        key = (question, self.tables, None if shared else own)
        if key not in self._asked:
            self._asked[key] = ask()
        return self._asked[key]

    def block(self) -> Block:
        """Return what is looked at, in words."""
        named = {
            say("Days"): words.period(self.period),
            say("Platform"): words.label(self.platform) if self.platform else say("All platforms"),
            **{words.label(column): value for column, value in self.filters},
            say("Time zone"): self.time_zone,
            say("Currency"): self.currency,
            say("Tables"): ", ".join(self.tables),
        }
        return facts_block(self.source, named)

    def _columns(self, name: str) -> tuple[str, ...]:
        return tuple(self.tables[name].columns) if name in self.tables else ()

    def _until_end(self, name: str, table: ir.Table) -> ir.Table:
        at = TABLES[name].instant or _BEGUN.get(name, "")
        if not at or at not in table.columns:
            return table
        end = self.period.last + timedelta(days=1) if TABLES[name][at].type == "date" else self.end
        before = table[at] < end
        return table.filter(before | table[at].isnull() if name in _STANDING else before)

    def _first(self, name: str) -> datetime | None:
        at = self.cut(name, getattr(self.tables, name))[TABLES[name].instant]
        first: datetime | None = at.min().to_pyarrow().as_py()
        return first
