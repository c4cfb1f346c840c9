# ruff: noqa: S608 - every name is quoted; shops write in Chinese
"""Ids of users that are nobody's, many people's, or one person's twice, and whether tables meet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from workbench.kit import words
from workbench.kit.sentences import message, say, say_n
from workbench.sources.doubts import OPENS, Doubt, Look, listed
from workbench.sources.sql import Engine

NOBODY = (
    "nan", "null", "(null)", "<null>", "none", "nil", "nul", "undefined", "unknown", "n/a", "na", "n.a.",
    "-", "--", "---", "—", "——", "?", "/", "\\n", "匿名", "匿名用户", "匿名买家", "匿名客户", "游客", "访客",
    "未知", "无", "空", "暂无", "未登录", "未登录用户", "(none)", "(not set)", "not set", "-1", "guest", "anonymous", "anon", "[object object]", "false", "test",
)  # fmt: skip
# Zeros, a UUID of zeros, and what a spreadsheet shows in place of a value that it cannot compute.
_NOTHING = r"0+|[0-]{9,}|[*]+|#[A-Z/0]+[!?]?"
_ODD = r"""^['="’]|^0+\d+$|\.0$|[A-Z]|[^ -~]|^[+]?86|^1[3-9]\d[ -]"""
# A mobile number of China, with or without its country's, in any groups.
_PHONE = r"([+]|00)?(86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
_IS_NOBODY = (
    f"lower(id) IN ({', '.join(map(Engine.text, NOBODY))}) OR regexp_full_match(id, '{_NOTHING}')"
)
_OFTEN = 5  # times as often as others: then a 0 is no user of that number
_HEAVY = 0.05  # share of orders or money that no single user has
_FEWEST = 20  # users, under which one of them may well have so much
_APART = 0.1  # share of the smaller table's users in the other, below which tables hardly meet
_SOME = 5  # users, under which tables need not meet
_WIDE = "".join(chr(c) for c in range(0xFF01, 0xFF5F)), "".join(chr(c) for c in range(0x21, 0x7F))
_DIFFER = {
    "formula": message('the marks ="…" around one of them'),
    "apostrophe": message("an apostrophe before one of them"),
    "zero": message("a trailing .0"),
    "leading": message("the zeros before them"),
    "width": message("the width of their letters"),
    "phone": message("how a telephone number is written"),
    "case": message("upper and lower case"),
}


@dataclass(frozen=True)
class Overlap:
    """How many users of a table are among those of another.

    Attributes:
        table: The table.
        other: The other one.
        users: Users of the table that were looked at.
        found: Those of them that are in the other one.
        others: Users of the other one that were looked at.
    """

    table: str
    other: str
    users: int
    found: int
    others: int

    @property
    def is_apart(self) -> bool:
        """Whether the tables hardly meet."""
        fewer = min(self.users, self.others)
        return fewer >= _SOME and self.found < _APART * fewer


Sums = Mapping[str, tuple[int, int, int | None]]
"""Of each table that has users: how many, their rows, and what those are worth."""


class Users:
    """The users of some tables, grouped already.

    Args:
        engine: Has them in `__users`: table `t`, `id`, rows `n`, `money` in minor units or NULL.
        sums: What they are together; more than the rows of `__users` where those are a part.
        currency: The source's.
    """

    def __init__(self, engine: Engine, sums: Sums, currency: str) -> None:
        self._engine, self._sums, self._currency = engine, sums, currency

    @classmethod
    def of(cls, engine: Engine, looks: Sequence[Look], currency: str) -> Self:
        """Group the users of imported tables."""
        parts = [
            f"SELECT '{look.table}' AS t, user_id AS id, count(*) AS n, "
            f"{'sum(amount)' if look.table == 'orders' else 'NULL'}::BIGINT AS money "
            f"FROM {look.name} WHERE user_id IS NOT NULL GROUP BY user_id"
            for look in looks
        ]
        engine.table("__users", " UNION ALL ".join(parts))
        sums = "SELECT t, count(*), sum(n)::BIGINT, sum(money)::BIGINT FROM __users GROUP BY t"
        found = {t: (users, n, money) for t, users, n, money in engine.rows(sums)}
        return cls(engine, found, currency)

    def overlaps(self, looks: Sequence[Look]) -> list[Overlap]:
        """Return how the users of imported tables meet."""
        by_table = {look.table: look for look in looks}

        def hits(first: str, second: str) -> int:
            every = f"(SELECT id FROM __users WHERE t = '{second}')"
            if not by_table[second].is_whole:
                files = ", ".join(Engine.text(path) for path in by_table[second].files)
                every = f"(SELECT user_id AS id FROM read_parquet([{files}]))"
            found: int = self._engine.value(
                f"SELECT count(*) FROM (SELECT id FROM __users WHERE t = '{first}') a "
                f"SEMI JOIN {every} b ON a.id = b.id"
            )
            return found

        return overlaps(self._sums, hits)

    def doubts(self) -> Iterator[Doubt]:
        """Yield what is doubtful about the users of each table."""
        for table in self._sums:
            yield from self._nobody(table)
            yield from self._heavy(table)
        yield from self._twins()

    def _rows(self, table: str, where: str) -> list[tuple[str, int, int | None]]:
        return [
            (id_, n, money)
            for id_, n, money in self._engine.rows(
                f"SELECT id, n, money FROM __users WHERE t = '{table}' AND ({where}) ORDER BY n DESC, id"
            )
        ]

    def _nobody(self, table: str) -> Iterator[Doubt]:
        users, every, _money = self._sums[table]
        found = self._rows(table, _IS_NOBODY)
        usual = every / users
        found = [one for one in found if one[0].strip("0") or one[1] > _OFTEN * usual]
        if not found:
            return
        counts = {word: n for word, n, _money in found}
        rows, rate = sum(counts.values()), sum(counts.values()) / every
        line = f"nobody: [{', '.join(json.dumps(word, ensure_ascii=False) for word in counts)}]"
        given = {"rate": rate, "words": listed(counts), "line": line}
        told = say_n(
            "{n:count} row ({rate:percent}) has a word for nobody as its user_id: {words}; if so, "
            "declare {line}",
            "{n:count} rows ({rate:percent}) have a word for nobody as their user_id: {words}; if so, "
            "declare {line}",
            rows,
            **given,
        )
        money = [worth for _id, _n, worth in found if worth is not None]
        if money:
            told = say_n(
                "{n:count} order ({rate:percent}) worth {money} has a word for nobody as its user_id: "
                "{words}; if so, declare {line}",
                "{n:count} orders ({rate:percent}) worth {money} have a word for nobody as their "
                "user_id: {words}; if so, declare {line}",
                rows,
                money=words.money(sum(money), self._currency, whole=True),
                **given,
            )
        page = message(
            "{rate:percent} of the rows of {table} have a word for nobody in place of a user "
            "({words}): each counts as one user."
        )
        shown = say(page, rate=rate, table=table, words=listed(counts)) if rate > OPENS else ""
        yield Doubt(table, told, shown)

    def _heavy(self, table: str) -> Iterator[Doubt]:
        users, every, money = self._sums[table]
        if table != "orders" or users < _FEWEST:
            return
        share = max(_HEAVY, _OFTEN / users)
        where = f"NOT ({_IS_NOBODY}) AND (n > {share * every} OR money > {share * (money or 1)})"
        for id_, n, worth in self._rows(table, where):
            rate, money_rate = n / every, (worth or 0) / (money or 1)
            told = message(
                "one user_id, {id}, has {n:count} of {every:count} orders ({rate:percent}) and "
                "{money_rate:percent} of their money: is it one person?"
            )
            page = message(
                "One user has {rate:percent} of the orders and {money_rate:percent} of their money: is "
                "it one person?"
            )
            given = {"n": n, "every": every, "rate": rate, "money_rate": money_rate}
            yield Doubt(
                table, say(told, id=id_, **given), say(page, rate=rate, money_rate=money_rate)
            )

    def _twins(self) -> Iterator[Doubt]:
        """Ids that are another one but for what no two users differ in."""
        wide = f"translate(id, {Engine.text(_WIDE[0])}, {Engine.text(_WIDE[1])})"
        plain = f"CASE WHEN regexp_matches(id, '[^ -~]') THEN {wide} ELSE id END"
        digits = "CASE WHEN regexp_full_match(id, '0+[0-9]+') THEN ltrim(id, '0') ELSE id END"
        plain = plain.replace("ELSE id END", f"ELSE {digits} END")
        bare = rf"""regexp_replace(regexp_replace({plain}, '^(=?["]+|[''’])|["]+$', '', 'g'), '\.0$', '')"""
        is_phone = f"regexp_full_match(id, '{_PHONE}')"
        bare = f"CASE WHEN {is_phone} THEN right(regexp_replace(id, '[^0-9]', '', 'g'), 11) ELSE {bare} END"
        odd = _ODD.replace("'", "''")
        self._engine.table(
            "__odd",
            f"SELECT *, CASE WHEN {is_phone} THEN 'phone' WHEN id LIKE '=%' OR id LIKE '\"%' THEN 'formula' "
            f"WHEN id LIKE '''%' OR id LIKE '’%' THEN 'apostrophe' WHEN id LIKE '%.0' THEN 'zero' "
            f"WHEN id LIKE '0%' THEN 'leading' "
            f"WHEN {plain} <> id THEN 'width' ELSE 'case' END AS kind FROM ("
            f"SELECT DISTINCT id, lower({bare}) AS folded FROM __users "
            f"WHERE regexp_matches(id, '{odd}')) WHERE folded <> id",
        )
        # The other one may be odd as well, so all that fold alike are one group.
        found = self._engine.rows(
            "WITH alike AS (SELECT folded, id, kind FROM __odd UNION SELECT id, id, '' FROM "
            "(SELECT DISTINCT id FROM __users) u SEMI JOIN __odd o ON o.folded = u.id), "
            "several AS (SELECT folded, count(*) AS ids, min(id) AS one, max(id) AS other, "
            "coalesce(min(kind) FILTER (kind NOT IN ('', 'case')), 'case') AS kind FROM alike "
            "GROUP BY folded HAVING count(*) > 1) "
            "SELECT kind, count(*), min(one), arg_min(other, one) FROM several GROUP BY kind ORDER BY 2 DESC, 1"
        )
        every = sum(users for users, _n, _money in self._sums.values())
        tables = ", ".join(self._sums)
        for kind, groups, one, other in found:
            what = say(_DIFFER[kind])
            told = say_n(
                "{n:count} user_id differs from another one only in {what}, {one} and {other}: two "
                "users for one",
                "{n:count} user_ids differ from another one only in {what}, such as {one} and "
                "{other}: two users for one",
                groups,
                what=what,
                one=one,
                other=other,
            )
            page = say_n(
                "{n:count} user may be counted twice: two ids differ only in {what}.",
                "{n:count} users may be counted twice: their ids differ only in {what}.",
                groups,
                what=what,
            )
            shown = page if groups > OPENS * every else ""
            yield Doubt(tables, told, shown)


def overlaps(sums: Sums, hits: Callable[[str, str], int]) -> list[Overlap]:
    """Return each pair of tables with orders or events among them, the users of one in the other.

    Args:
        sums: The tables' users.
        hits: How many users of its first table are in its second.
    """
    found = []
    order = {"orders": 0, "events": 2}  # fewer buy than come, and more buy than complain
    for pair in combinations(sorted(sums, key=lambda name: (order.get(name, 1), name)), 2):
        one, other = pair
        first, second = (
            (other, one) if one == "orders" and other not in {"events", "users"} else pair
        )
        if {first, second} & {"orders", "events"}:
            both = hits(first, second)
            found.append(Overlap(first, second, sums[first][0], both, sums[second][0]))
    return found


def hardly_meet(overlap: Overlap) -> Doubt:
    """Return what is told of two tables that hardly meet."""
    given = {
        "table": overlap.table,
        "other": overlap.other,
        "found": overlap.found,
        "users": overlap.users,
        "others": overlap.others,
    }
    page = message(
        "Of the {users:count} users of {table} {found:count} are among the {others:count} of {other}: "
        "whatever these figures tell of both is of those alone."
    )
    told = message(
        "{table} and {other} hardly meet: {found:count} of {users:count} users of {table} are in "
        "{other}, which has {others:count}; are their ids written alike?"
    )
    return Doubt(f"{overlap.table}, {overlap.other}", say(told, **given), say(page, **given))


def shares(overlaps: Sequence[Overlap]) -> list[str]:
    """Return how many users of each table are in others, a sentence each.

    A shop with orders is told how the others meet those, and which tables hardly meet.
    """
    sold = [one for one in overlaps if "orders" in {one.table, one.other} or one.is_apart]
    told = message(
        "{found:count} of {users:count} users of {table} are in {other} ({rate:percent})"
    )
    return [
        say(
            told,
            found=one.found,
            users=one.users,
            table=one.table,
            other=one.other,
            rate=one.found / max(one.users, 1),
        )
        for one in sold or overlaps
    ]
