"""Every raw line in one of three places, and the sums that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.errors import SourceError
from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.sources.declaration import Entry

# What a row is worth is the sum of these columns with their signs.
WORTH: dict[str, dict[str, int]] = {
    "orders": {"amount": 1, "refunded_amount": -1},
    "events": {"value": 1},
    "spend": {"amount": 1},
}
Sum = tuple[int, int]  # lines, and what they are worth in minor units


@dataclass(frozen=True)
class Line:
    """The account of one raw file in one table of the contract.

    Its physical lines, counted without the engine, are in the table (kept), left out by a rule of
    the source file (excluded), or broke the contract (quarantined). What they are worth is in minor
    units, None where lines have no worth; money that cannot be read counts as 0.
    """

    table: str
    file: str
    lines: int
    kept: int
    excluded: int
    quarantined: int
    money: int | None
    money_kept: int | None
    money_excluded: int | None
    money_quarantined: int | None


@dataclass(frozen=True)
class Reason:
    """Why lines of a file are not in a table of the contract.

    The reason is the name of the rule that excluded them, or the sentence that does not hold for
    those in quarantine: a line can have several of these. Money as in `Line`.
    """

    table: str
    file: str
    outcome: str
    reason: str
    lines: int
    money: int | None


@dataclass
class Tally:
    """Where the lines of one SELECT are.

    Attributes:
        entry: The SELECT.
        label: What the account calls the file.
        is_priced: Whether lines have a worth.
        kept: Lines that are in the table.
        quarantined: Lines that broke the contract.
        excluded: Lines by the rule that left them out, in the rules' order.
        reasons: Lines by what is wrong with them.
        broken: Lines of the file that are no rows at all, by what is wrong with them.
        aside: Lines that are no rows and left out by a name.
        paid: What the kept orders were charged, in minor units.
        returned: What of that was given back.
        unmeant: Lines in quarantine by column and word, where the column does not know it.
    """

    entry: Entry
    label: str
    is_priced: bool
    kept: Sum = (0, 0)
    quarantined: Sum = (0, 0)
    excluded: Mapping[str, Sum] = field(default_factory=dict)
    reasons: dict[str, Sum] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)
    aside: Mapping[str, int] = field(default_factory=dict)
    paid: int = 0
    returned: int = 0
    unmeant: dict[tuple[str, str], Sum] = field(default_factory=dict)

    def close(self, lines: int, money: int | None) -> tuple[Line, list[Reason]]:
        """Return the account.

        Args:
            lines: How many sound lines there are, counted elsewhere.
            money: What they are worth; None where that is not counted elsewhere.

        Raises:
            SourceError: If lines or money do not add up to that.
        """
        places = [self.kept, total(self.excluded.values()), self.quarantined]
        found = total(places)
        if found != (lines, found[1] if money is None else money):
            raise SourceError(
                f"{self.entry.place}: {self.label} has {lines:,} sound lines worth {money or 0:,}, "
                f"but {found[0]:,} worth {found[1]:,} are accounted for"
            )
        more, beside = sum(self.broken.values()), sum(self.aside.values())
        kept, excluded, quarantined = (count for count, _worth in places)
        worth = [found[1], *(worth for _count, worth in places)] if self.is_priced else [None] * 4
        whole = (lines + more + beside, kept, excluded + beside, quarantined + more)
        return Line(self.entry.table, self.label, *whole, *worth), list(self._reasons())

    def _reasons(self) -> Iterator[Reason]:
        """Rules in their order, then what is wrong most often."""
        beside = [(name, (lines, 0)) for name, lines in self.aside.items()]
        rules = [*self.excluded.items(), *beside]
        why = [*self.reasons.items(), *((r, (n, 0)) for r, n in self.broken.items())]
        why.sort(key=lambda item: (-item[1][0], item[0]))
        for outcome, found in (("excluded", rules), ("quarantined", why)):
            for reason, (lines, money) in found:
                worth = money if self.is_priced else None
                yield Reason(self.entry.table, self.label, outcome, reason, lines, worth)


def total(sums: Iterable[Sum]) -> Sum:
    """Return all lines and what they are worth together."""
    found = list(sums)
    return sum(lines for lines, _money in found), sum(money for _lines, money in found)


@dataclass(frozen=True)
class Taken:
    """What the kept orders brought, in minor units of the currency.

    Attributes:
        paid: What they were charged.
        returned: What of that was given back.
        is_net: Whether the account of their lines is less what was given back.
    """

    paid: int
    returned: int
    is_net: bool

    def told(self, currency: str) -> str:
        """Return it as a sentence."""
        amounts = {
            "paid": words.money(self.paid, currency, whole=True),
            "returned": words.money(self.returned, currency, whole=True),
            "net": words.money(self.paid - self.returned, currency, whole=True),
        }
        if not self.returned:
            return say("Kept orders were paid {paid}; nothing of it was given back.", **amounts)
        if self.is_net:
            net = message(
                "Kept orders were paid {paid}, {returned} of it was given back, {net} is left: the "
                "account tells what is left."
            )
            return say(net, **amounts)
        gross = message(
            "Kept orders were paid {paid}, {returned} of it was given back, {net} is left: the account "
            "tells what was paid."
        )
        return say(gross, **amounts)


def unmeant(tallies: Sequence[Tally]) -> list[tuple[str, str, int, int | None]]:
    """Return the words that columns do not know, the most frequent first: column, word, lines, money."""
    found: dict[tuple[str, str], Sum] = {}
    for tally in tallies:
        for key, sums in tally.unmeant.items():
            found[key] = total([found.get(key, (0, 0)), sums])
    is_priced = all(tally.is_priced for tally in tallies)
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return [(*key, lines, money if is_priced else None) for key, (lines, money) in ordered]


def labelled(labels: Sequence[str]) -> list[str]:
    """Return the files' labels, numbered where a table reads one again."""
    found: list[str] = []
    for number, label in enumerate(labels):
        again = labels[: number + 1].count(label)
        found.append(f"{label} ({again})" if again > 1 else label)
    return found


def frame(rows: Sequence[Mapping[str, Any]], kind: type[Line | Reason]) -> pd.DataFrame:
    """Return rows of the manifest as a frame; counts are whole, absent money is <NA>."""
    names = list(kind.__dataclass_fields__)
    made = pd.DataFrame(list(rows), columns=names)
    numbers = [n for n in names if n not in {"table", "file", "outcome", "reason"}]
    return made.astype(dict.fromkeys(numbers, "Int64"))
