"""The dictionary of what exports call their columns, and of the words they write in them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from workbench import yaml_text

_HERE = Path(__file__).parent
_MINOR = re.compile(r"(_|\b)(cents?|fen|minor|minor units?)\)?$|\((单位[:：])?分\)$")
LARGE = {"千元": 3, "万元": 4}  # figures that a unit of amounts stands for
_LARGE = re.compile(r"[(\[]?(单位[:：])?(?P<unit>[千万]元)[)\]]?$")
# Traditional characters of names and statuses, as the dictionary has them.
_SIMPLE = str.maketrans(
    "訂單編號時間會員額買數狀態價應實總優貨際運費幣別帳電話郵備註發關閉門賣選購種類戶標題評級內聯絡絕處單筆圖寶貝預計無",
    "订单编号时间会员额买数状态价应实总优货际运费币别帐电话邮备注发关闭门卖选购种类户标题评级内联络绝处单笔图宝贝预计无",
)
_CHINESE = re.compile("[\u3400-\u9fff]+")
_IN_BRACKETS = re.compile(r"\([^)]*\)")


@cache
def roles() -> dict[str, dict[str, int]]:
    """Return of each meaning the names that columns of it have, with their rank: 0 is the best."""
    found: dict[str, dict[str, int]] = {}
    for role, ranks in _document("headers.yaml").items():
        if role == "near":
            continue
        names = found.setdefault(role, {})
        for rank, node in enumerate(ranks.value if isinstance(ranks.value, list) else []):
            for name in node.texts("a name"):
                names.setdefault(plain(name), rank)
    return found


@cache
def words(kind: str) -> frozenset[str]:
    """Return the words of a kind of `words.yaml`, as `plain_word` writes them."""
    return frozenset(plain_word(word) for word in _document("words.yaml")[kind].texts(kind))


@cache
def platforms() -> dict[str, str]:
    """Return of each name of a platform the one word for it."""
    named = _document("words.yaml")["platforms"].mapping("platforms")
    return {plain_word(w): word for word, node in named.items() for w in node.texts(word)}


def meanings(name: str) -> dict[str, int]:
    """Return what a column of that name can mean, and how good a name it is for each."""
    known = plain(name)
    found = {role: names[known] for role, names in roles().items() if known in names}
    if found or known.isascii():
        return found
    # A name in two languages that say the same, as in "Order ID 订单号".
    parts = {"".join(_CHINESE.findall(known)), _CHINESE.sub("", known).strip()} - {known, ""}
    return {
        role: min(names[part] for part in parts)
        for role, names in roles().items()
        if parts and parts <= names.keys()
    }


def near(role: str) -> re.Pattern[str]:
    """Return what names look like that may have a meaning, though they are not known."""
    patterns = _document("headers.yaml")["near"].mapping("near")
    return re.compile(patterns[role].text(role) if role in patterns else "(?!)")


def is_minor(name: str) -> bool:
    """Return whether a column says that its amounts are in fen or cents."""
    return _MINOR.search(unicodedata.normalize("NFKC", name).lower().strip()) is not None


def large_unit(name: str) -> str:
    """Return 千元 or 万元 where a column says that its amounts are in thousands or ten thousands."""
    found = _LARGE.search(unicodedata.normalize("NFKC", name).strip())
    return found["unit"] if found else ""


def is_known(name: str) -> bool:
    """Return whether a name stands in the dictionary."""
    return bool(meanings(name))


def plain(name: str) -> str:
    """Return a name without case, width, brackets, underscores and blanks between its words."""
    text = unicodedata.normalize("NFKC", name).replace("\ufeff", "").translate(_SIMPLE)
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)  # CustomerID, orderNo
    text = _IN_BRACKETS.sub("", text).lower()
    text = re.sub(r"[\s_\-.:：#]+", " ", text).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def plain_word(word: str) -> str:
    """Return a word without case, width and blanks at its ends."""
    return unicodedata.normalize("NFKC", word).translate(_SIMPLE).strip(" \t`'").lower()


def is_chinese(text: str) -> bool:
    """Return whether a text has a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@cache
def _document(name: str) -> dict[str, yaml_text.Node]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return yaml_text.read(text, name).mapping(name)
