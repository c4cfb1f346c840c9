# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Ids without what nobody sees at their ends, words by their declared meaning, nobody as no user.

What is changed is counted and told in the file's notes. That nothing is to be taken off is seen at
the bytes of the rows, hundreds of times as fast as trying it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from workbench.kit import words
from workbench.kit.sentences import say, say_n
from workbench.sources import casts
from workbench.sources.lineage import AMOUNT
from workbench.sources.spelling import ENDS, USERS, bare, is_id
from workbench.sources.sql import Engine
from workbench.sources.staging import Part

_ONES = (b" ", b"\t", b"\n", b"\r", b"\0", b"\x0b", b"\x0c")
# How what nobody sees begins in UTF-8: U+0080 to U+00BF, U+1680 to U+20FF, U+3000, U+FEFF.
_MORE = (
    b"\xc2",
    b"\xe1\x9a",
    b"\xe1\xa0",
    b"\xe2\x80",
    b"\xe2\x81",
    b"\xe3\x80\x80",
    b"\xef\xbb\xbf",
)
_SHOWN = 5  # words for nobody that are told


@dataclass
class Changed:
    """What was changed in the rows of an entry, and what their currencies are.

    Attributes:
        trimmed: Ids from whose ends something was taken, by column.
        nobody: Rows whose id of a user is nobody's, by column and word.
        money: What they are worth, in minor units.
        currencies: Lines by the currency that their file says.
    """

    trimmed: Counter[str] = field(default_factory=Counter)
    nobody: Counter[tuple[str, str]] = field(default_factory=Counter)
    money: int = 0
    currencies: Counter[str] = field(default_factory=Counter)

    def notes(self, label: str, currency: str) -> tuple[str, ...]:
        """Return what was changed, in sentences.

        Args:
            label: What the account calls the file.
            currency: The source's.
        """
        told = [
            say_n(
                "{file}: {n:count} value of {column} has blanks, tabs or signs without width at its "
                "ends, which are taken off",
                "{file}: {n:count} values of {column} have blanks, tabs or signs without width at "
                "their ends, which are taken off",
                n,
                file=label,
                column=column,
            )
            for column, n in self.trimmed.items()
        ]
        if self.nobody:
            often = self.nobody.most_common(_SHOWN)
            listed = ", ".join(say("{word} {n:count}", word=w, n=n) for (_column, w), n in often)
            nobodies = say_n(
                "{file}: {n:count} row worth {money} is nobody's and has no user: {words}",
                "{file}: {n:count} rows worth {money} are nobody's and have no user: {words}",
                self.nobody.total(),
                file=label,
                money=words.money(self.money, currency, whole=True),
                words=listed,
            )
            told.append(nobodies)
        return tuple(told)


def replacements(part: Part, *, is_trimmed: bool) -> str:
    """Return SQL behind `SELECT *` that gives columns their declared words."""
    found = []
    for name, type_ in part.columns.items():
        if name in part.table.names and part.table[name].type == "string":
            quoted = Engine.name(name)
            sql = part.source.spelling.sql(
                part.table[name],
                quoted,
                is_text=casts.plain_type(type_) == "VARCHAR",
                is_trimmed=is_trimmed,
            )
            found += [f"{sql} AS {quoted}"] if sql != quoted else []
    return f" REPLACE ({', '.join(found)})" if found else ""


def needs(part: Part, rows: pa.Table) -> bool:
    """Return whether something is to be taken off the ends of an id in some rows."""
    return any(_has_ends(rows[name]) for name in _texts(part))


def _texts(part: Part) -> list[str]:
    """The ids of an entry that are text."""
    return [
        name
        for name, type_ in part.columns.items()
        if name in part.table.names
        and is_id(part.table[name])
        and casts.plain_type(type_) == "VARCHAR"
    ]


def _has_ends(ids: pa.ChunkedArray) -> bool:
    for chunk in ids.chunks:
        data = chunk.buffers()[2]
        text = data.to_pybytes() if data else b""
        signs = _ONES if text.isascii() else _ONES + _MORE
        if any(sign in text for sign in signs):
            found = pc.match_substring_regex(ids, f"^{ENDS}|{ENDS}$")
            return bool(pc.any(found).as_py())
    return False


def count(engine: Engine, part: Part, changed: Changed, *, is_trimmed: bool) -> None:
    """Count what is changed in the rows that the engine has now."""
    nobody = ", ".join(map(Engine.text, part.source.spelling.nobody))
    texts = _texts(part) if is_trimmed else []
    if texts:
        ends = (
            f"count(*) FILTER ({bare(n)} IS DISTINCT FROM {n})" for n in map(Engine.name, texts)
        )
        found = engine.rows(f"SELECT {', '.join(ends)} FROM ({part.rows})")[0]
        changed.trimmed += Counter(dict(zip(texts, found, strict=True)))
    for name in USERS if nobody else ():
        if name in part.columns and name in part.table.names:
            value = Engine.name(name)
            word = bare(value) if name in texts else f"CAST({value} AS VARCHAR)"
            for told, n, money in engine.rows(
                f"SELECT {word} AS word, count(*), sum({AMOUNT}) FROM ({part.rows}) "
                f"WHERE word IN ({nobody}) GROUP BY 1 ORDER BY 1"
            ):
                changed.nobody[name, told] += n
                changed.money += int(money) if name == USERS[0] else 0
