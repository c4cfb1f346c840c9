# ruff: noqa: S608 - every name is quoted; shops write in Chinese
"""One word in several spellings, and a shop's own words for where an order stands.

What may mean the same is named with a mapping to paste; nothing is changed by a guess.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.sources.doubts import OPENS, Doubt, Look, listed
from workbench.sources.sql import Engine
from workbench.tables import TABLES

COLUMNS = ("event", "platform", "channel")
_SHOWN = 12  # words in one sentence
MANY = 1000  # words of a column beyond which it holds no words
_PLAIN = re.compile(r"[A-Za-z一-鿿][\w一-鿿]*")
_PLATFORMS = {
    "douyin": ("抖音", "tiktok中国", "抖音小店", "抖店"),
    "kuaishou": ("快手", "快手小店"),
    "xiaohongshu": ("小红书", "红书", "rednote"),
    "wechat": ("微信", "weixin", "微信小店", "视频号", "小程序"),
    "taobao": ("淘宝", "淘宝网"),
    "tmall": ("天猫", "天猫商城"),
    "jd": ("京东", "jingdong", "京东商城"),
    "pinduoduo": ("拼多多", "pdd"),
    "youzan": ("有赞",),
    "weibo": ("微博",),
    "bilibili": ("b站", "哔哩哔哩"),
}
_KNOWN = {name: platform for platform, names in _PLATFORMS.items() for name in names}
_STATUS = {
    "paid": "paid complete completed done success succeeded fulfilled shipped delivered processing "
    "finished partiallyrefunded 已完成 交易成功 交易完成 已付款 已支付 支付成功 付款成功 待发货 部分发货 已发货 待收货 已收货 "
    "已签收 买家已付款 卖家已发货 部分退款 对方已收钱 已收钱",
    "refunded": "refunded refund returned 已退款 退款成功 全额退款 已全额退款 退货退款 退款完成 付款以后用户退款成功",
    "cancelled": "cancelled canceled closed void voided failed expired 已取消 交易关闭 已关闭 取消 订单关闭 交易取消",
}
_MEANS = {word: status for status, told in _STATUS.items() for word in told.split()}
_UNPAID = [
    "pending",
    "unpaid",
    "onhold",
    "created",
    "待付款",
    "未付款",
    "待支付",
    "未支付",
    "等待买家付款",
]


@dataclass(frozen=True)
class Unmeant:
    """A word that a column of few words does not know.

    Attributes:
        column: The contract's column.
        word: The word.
        lines: Lines in quarantine that have it.
        money: What they are worth, in minor units; None where lines have no worth.
    """

    column: str
    word: str
    lines: int
    money: int | None


def fold(text: str) -> str:
    """Return a word without case, width, blanks and joining signs: what its spellings share."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def spellings(engine: Engine, looks: Sequence[Look], steps: Sequence[str]) -> list[Doubt]:
    """Return the words that stand in several spellings, each column over all tables.

    Args:
        engine: Where the rows are.
        looks: The tables.
        steps: The shop's own funnel: its words are right.
    """
    found = []
    for column in COLUMNS:
        tables = [look for look in looks if column in look.rows.column_names]
        if not tables:
            continue
        every = " UNION ALL ".join(f"SELECT {column} AS word FROM {look.name}" for look in tables)
        counted = dict(
            engine.rows(
                f"SELECT word, count(*) FROM ({every}) WHERE word IS NOT NULL GROUP BY 1 "
                f"ORDER BY 2 DESC, 1 LIMIT {MANY}"
            )
        )
        found += several(column, counted, steps, ", ".join(look.table for look in tables))
    return found


def events(engine: Engine, looks: Sequence[Look]) -> list[tuple[str, int]]:
    """Return the events of a shop with their rows among those looked at, the most frequent first."""
    for look in looks:
        if look.table == "events":
            return [
                (word, n)
                for word, n in engine.rows(
                    f"SELECT event, count(*) FROM {look.name} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MANY}"
                )
            ]
    return []


def several(
    column: str, counted: Mapping[str, int], steps: Sequence[str], tables: str
) -> list[Doubt]:
    """Return what is said of the words of a column that may be spellings of one.

    Args:
        column: The contract's column.
        counted: Its words with their rows, the most frequent first.
        steps: The shop's own funnel: its words are right.
        tables: The tables that have them.
    """
    alike: dict[str, Counter[str]] = defaultdict(Counter)
    for word, n in counted.items():
        folded = fold(word) or word
        alike[_KNOWN.get(folded, folded) if column == "platform" else folded][word] += n
    groups = [group for group in alike.values() if len(group) > 1]
    if not groups:
        return []
    mapping: dict[str, str] = {}
    spelt, other = Counter[str](), 0
    for group in groups:
        meant = max(group, key=lambda word: _rank(word, group[word], steps))
        mapping |= {word: meant for word in group if word != meant}
        spelt += group
        other += group.total() - group[meant]
    line = f"values: {{{column}: {pasted(mapping)}}}"
    told = message("{column} in several spellings of one word: {words}; if so, declare {line}")
    counts = {
        json.dumps(w, ensure_ascii=False) if w != w.strip() else w: n for w, n in spelt.items()
    }
    page = message(
        "{rate:percent} of the rows spell their {column} in another way than the rest ({words}): "
        "each spelling counts on its own."
    )
    rate = other / max(sum(counted.values()), 1)
    shown = say(page, rate=rate, column=column, words=", ".join(counts)) if rate > OPENS else ""
    return [Doubt(tables, say(told, column=column, words=listed(counts), line=line), shown)]


def _rank(word: str, n: int, steps: Sequence[str]) -> tuple[bool, bool, bool, int, str]:
    """By which the spelling is chosen that the others are to mean."""
    return word in steps, word in _PLATFORMS, word.islower() and word == word.strip(), n, word


def pasted(mapping: Mapping[str, str]) -> str:
    """Return a mapping as YAML in one line."""
    pairs = (f"{quoted(spelt)}: {quoted(word)}" for spelt, word in mapping.items())
    return f"{{{', '.join(pairs)}}}"


def quoted(word: str) -> str:
    """Return a word as YAML has it, in quotes where it needs them."""
    is_plain = _PLAIN.fullmatch(word) and word.lower() not in {"null", "yes", "no", "true", "false"}
    return word if is_plain else json.dumps(word, ensure_ascii=False)


def unmeant(table: str, found: Sequence[Unmeant], currency: str) -> list[Doubt]:
    """Return words that a column of few words does not know, with what they may mean.

    Args:
        table: The contract table.
        found: Those words.
        currency: The source's.
    """
    doubts = []
    for column in dict.fromkeys(one.column for one in found):
        given = [one for one in found if one.column == column]
        allowed = TABLES[table][column].allowed
        paid = [one.word for one in given if not _is_unpaid(one.word)]
        if paid:
            line = (
                f"values: {{{column}: {pasted({word: _meaning(word, allowed) for word in paid})}}}"
            )
            sentence = message(
                "{column} must be one of {allowed}, but is {words}; declare what these mean: {line}"
            )
            known = {"column": column, "allowed": ", ".join(allowed)}
            told = ", ".join(_counted(one, currency) for one in given[:_SHOWN])
            doubts.append(Doubt(table, say(sentence, **known, words=told, line=line)))
        unpaid = [one for one in given if _is_unpaid(one.word)]
        if unpaid:
            rule = message(
                "{column} {words} is no purchase: leave it out by a rule, exclude: "
                "{{never paid: the file's column IN ({literals})}}"
            )
            told = ", ".join(_counted(one, currency) for one in unpaid)
            literals = ", ".join(Engine.text(one.word) for one in unpaid)
            sentence = say(rule, column=column, words=told, literals=literals)
            doubts.append(Doubt(table, sentence))
    return doubts


def _counted(one: Unmeant, currency: str) -> str:
    if one.money is None:
        return say("{word} {lines:count}", word=one.word, lines=one.lines)
    worth = words.money(one.money, currency, whole=True)
    return say("{word} {lines:count} ({worth})", word=one.word, lines=one.lines, worth=worth)


def _meaning(word: str, allowed: Sequence[str]) -> str:
    same = {fold(one): one for one in allowed}.get(fold(word), "")
    known = _MEANS.get(_stem(word, _MEANS), "")
    return same or (known if known in allowed else "?")


def _is_unpaid(word: str) -> bool:
    return bool(_stem(word, _UNPAID))


def _stem(word: str, known: Collection[str]) -> str:
    """The known word that this one is or, in Chinese, begins with; "" where there is none."""
    folded = fold(word).removeprefix("wc")  # as WooCommerce stores them
    begins = (one for one in known if not one.isascii() and folded.startswith(one))
    return folded if folded in known else max(begins, key=len, default="")
