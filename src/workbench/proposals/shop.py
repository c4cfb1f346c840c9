# ruff: noqa: S608 - SQL that is shown to a person, every name in it quoted
"""What files tell of the shop: its time zone, its currency, the platform it sells on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.kit.sentences import say
from workbench.proposals import headers
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import literal
from workbench.proposals.declared import Entry, Question
from workbench.proposals.reading import File
from workbench.sources.currencies import CODES

# Names that only one platform's export has.
_SIGNS = {
    "douyin": {"主订单编号", "子订单编号"},
    "taobao": {"买家会员名", "买家应付货款", "买家实际支付金额", "宝贝标题"},
    "xiaohongshu": {"商家应收金额", "sku件数", "sku规格"},
    "youzan": {"粉丝昵称", "订单已退款金额"},
}
_OPEN = "?"  # refused by the check until somebody has answered: no sum is better than a wrong one
_SIGNED = 2  # such names that make it so
# Zones whose clock is, at each season, ahead of UTC by these hours; one is offered where they fit.
_OFFSETS = {
    frozenset({"+0800"}): "Asia/Shanghai",
    frozenset({"+0900"}): "Asia/Tokyo",
    frozenset({"+0530"}): "Asia/Kolkata",
    frozenset({"-0500", "-0400"}): "America/New_York",
    frozenset({"-0800", "-0700"}): "America/Los_Angeles",
    frozenset({"+0000", "+0100"}): "Europe/London",
    frozenset({"+0100", "+0200"}): "Europe/Berlin",
}
_BY_CURRENCY = {
    "CNY": "Asia/Shanghai",
    "GBP": "Europe/London",
    "JPY": "Asia/Tokyo",
    "KRW": "Asia/Seoul",
}
_CODE = re.compile(r"[A-Z]{3}")
_IN_HEADER = re.compile(
    r"(?<![A-Z])(CNY|RMB|USD|EUR|GBP|HKD|JPY|TWD|KRW|SGD|AUD|CAD)(?![A-Z])|(港币|港元|美元|欧元|英镑|日元)"
)
_MONEY = ("amount", "line_total", "price", "refunded_amount", "spent")


@dataclass(frozen=True)
class Fact:
    """What is declared of the shop, and why or what is asked."""

    value: str
    notes: tuple[str, ...] = ()
    question: Question | None = None


def platform(file: File) -> str:
    """Return the platform whose export a file is, "" where that does not show."""
    names = {headers.plain(column.name) for column in file.columns}
    for platform_, signs in _SIGNS.items():
        if len(names & {headers.plain(sign) for sign in signs}) >= _SIGNED:
            return platform_
    return ""


def currency(looked: Sequence[tuple[File, Meaning]], answers: dict[str, str]) -> Fact:
    """Return the currency of the amounts."""
    columns = [column for _f, m in looked for role in _MONEY if (column := m.get(role))]
    if not columns or "currency" in answers:
        return Fact(answers.get("currency", ""))
    named = Counter[str]()
    for _file, meaning in looked:
        named.update(meaning["currency"].counts if "currency" in meaning else {})
    known = [CODES.get(word.upper(), word.upper()) for word, _n in named.most_common()]
    codes = [code for code in known if _CODE.fullmatch(code)]
    headed = {found[0] for c in columns if (found := _IN_HEADER.search(c.name))}
    if not codes and len(headed) == 1:
        (code,) = headed
        return Fact(CODES.get(code, code), (say("as the files say"),))
    signs = {c.amounts.currency for c in columns if c.amounts is not None} - {""}
    if codes:
        return Fact(codes[0], (say("as the files say"),))
    if _is_chinese(looked) and signs <= {"CNY"}:
        return Fact("CNY", (say("taken from the Chinese names of the columns"),))
    return _by_sign(signs)


def _by_sign(signs: set[str]) -> Fact:
    """The currency that a sign beside the amounts stands for; two signs stand for several."""
    doubts = {
        "CNY": say("does ¥ stand for yuan (CNY) or yen (JPY)?"),
        "USD": say("does $ stand for dollars of the United States (USD), or others (CAD, AUD)?"),
    }
    if len(signs) == 1:
        (code,) = signs
        asked = doubts.get(code)
        return Fact(code, question=Question("currency", asked, code) if asked else None)
    sentence = say(
        "in which currency are the amounts? Write its three letters, such as CNY; none of the "
        "files says so"
    )
    return Fact("", question=Question("currency", sentence))


def minor_units(looked: Sequence[tuple[File, Meaning]]) -> Fact:
    """Return whether amounts are in fen or cents, or in 万元, by the names of their columns."""
    columns = [column for _f, m in looked for role in _MONEY if (column := m.get(role))]
    units = [(column.name, headers.large_unit(column.name)) for column in columns]
    if any(unit for _name, unit in units):
        return _large_units(units)
    small = [column.name for column in columns if headers.is_minor(column.name)]
    if not small:
        return Fact("")
    if len(small) == len(columns):
        return Fact("minor", (say("by the name of {column}", column=small[0]),))
    large = next(c.name for c in columns if c.name not in small)
    asked = say(
        "{small} is in fen or cents by its name, {large} is not: divide one of them by 100 in the SELECT",
        small=small[0],
        large=large,
    )
    return Fact(_OPEN, question=Question("money", asked))


def _large_units(
    columns: Sequence[tuple[str, str]],
) -> Fact:
    """What is declared where a column says 万元 or 千元: that, where all do."""
    units = {unit for _name, unit in columns}
    name, unit = next((name, unit) for name, unit in columns if unit)
    if len(units) == 1:
        return Fact(unit, (say("by the name of {column}", column=name),))
    asked = say(
        "{column} is in {unit} by its name, other amounts are not: bring them to one unit in the SELECT",
        column=name,
        unit=unit,
    )
    return Fact(_OPEN, question=Question("money", asked))


def other_currencies(entry: Entry, file: File, meaning: Meaning) -> None:
    """Leave out orders in another currency than the most, and ask."""
    column = meaning.get("currency")
    codes = sorted(column.counts, key=lambda word: -column.counts[word]) if column else []
    if column is None or len(codes) <= 1:
        return
    first, key = literal(codes[0]), meaning.get("order_id")
    predicate = f"{column.clean()} <> {first}"
    if entry.group and key is not None and len(column.there) < file.rows:
        # Only the first line of an order says it.
        inner = f"SELECT {key.clean()} FROM {file.name} WHERE {predicate}"
        predicate = f"{key.clean()} IN ({inner})"
    told = ", ".join(f"{code} {column.counts[code]}" for code in codes)
    entry.exclude[say("in another currency")] = (predicate, "")
    asked = say(
        "{column} names several currencies ({codes}): only {first} is read. Give the others a "
        "source of their own, or convert them in the SELECT",
        column=column.name,
        codes=told,
        first=codes[0],
    )
    entry.questions.append(Question("currencies", asked))


def time_zone(
    looked: Sequence[tuple[File, Meaning]], currency_: str, answers: dict[str, str]
) -> Fact:
    """Return the shop's time zone: its days and weeks."""
    if "time_zone" in answers:
        return Fact(answers["time_zone"])
    offsets = _offsets(looked)
    # UTC alone is what programs write, wherever a shop is.
    told = offsets if offsets != {"+0000"} else set[str]()
    fitting = [zone for these, zone in _OFFSETS.items() if told and told <= these]
    if _is_chinese(looked) and (not fitting or "Asia/Shanghai" in fitting):
        return Fact("Asia/Shanghai", (say("taken from the Chinese names of the columns"),))
    usual = _BY_CURRENCY.get(currency_, "")
    if usual and (not fitting or usual in fitting):
        why = say("as is usual for {currency}", currency=currency_)
        return Fact(usual, (why,))
    proposal = fitting[0] if len(fitting) == 1 else "UTC"
    shown = ", ".join(sorted(offsets)) or say("nothing")
    asked = say(
        "in which time zone does the shop live? Its days and weeks begin there. The files say {offsets} of it",
        offsets=shown,
    )
    return Fact(proposal, question=Question("time_zone", asked, proposal))


def clock(looked: Sequence[tuple[File, Meaning]], zone: str) -> Fact:
    """Return the zone of the raw instants, "" where it is the shop's."""
    by_clock = [
        column
        for _f, meaning in looked
        for role, column in meaning.roles.items()
        if (told := column.instants) and not told.offsets and not told.by_day and role in _CLOCKED
    ]
    if not by_clock:
        return Fact("")
    note = say(
        "instants without a zone are read on the clock of {zone}; say so where they are another's",
        zone=zone,
    )
    return Fact("", (note,))


_CLOCKED = ("ordered_at", "paid_at", "when", "refunded_at")


def _offsets(looked: Iterable[tuple[File, Meaning]]) -> set[str]:
    found = set()
    for _file, meaning in looked:
        for column in meaning.roles.values():
            for offset in column.instants.offsets if column.instants is not None else ():
                bare = offset.replace(":", "")
                if bare not in {"UTC", "GMT", "Z"}:
                    found.add(bare if len(bare) > len("+08") else f"{bare}00")
    return found


def _is_chinese(looked: Sequence[tuple[File, Meaning]]) -> bool:
    """Whether the columns that mean something have Chinese names."""
    names = {c.name for _f, meaning in looked for c in meaning.roles.values()}
    return 2 * sum(map(headers.is_chinese, names)) > len(names)
