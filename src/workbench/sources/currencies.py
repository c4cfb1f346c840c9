# ruff: noqa: S608 - every name in it is quoted
"""A second currency in a file, which no sum may take for the first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from workbench.errors import SourceError
from workbench.sources.account import WORTH
from workbench.sources.doubts import listed
from workbench.sources.sql import Engine
from workbench.sources.staging import Part

SIGNS = {  # beside an amount, in lower case; "" for those of several currencies
    "￥": "CNY", "¥": "CNY", "元": "CNY", "rmb": "CNY", "us$": "USD", "$": "USD", "€": "EUR", "£": "GBP",
    "hk$": "HKD", "nt$": "TWD", "₩": "KRW", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "s$": "SGD",
    "r$": "BRL", "kr": "", "zł": "PLN", "kč": "CZK", "rp": "IDR", "rm": "MYR", "₹": "INR", "rs": "", "₱": "PHP",
    "฿": "THB", "₫": "VND", "đ": "VND", "₽": "RUB", "₺": "TRY", "円": "JPY",
    **{code.lower(): code for code in (
        "CNY", "USD", "EUR", "GBP", "CHF", "HKD", "JPY", "KRW", "TWD", "SGD", "AUD", "CAD", "NZD", "INR", "IDR",
        "MYR", "THB", "PHP", "VND", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "MXN", "RUB", "TRY",
    )},
}  # fmt: skip
SHARED = {
    "CNY": ("JPY",),
    "USD": ("AUD", "CAD", "HKD", "NZD", "SGD", "TWD", "MXN"),
}  # have its sign too
_SAYS = re.compile("currency|币种|货币|币别")  # a column that is called nearly so
_CODE, MOST = "[A-Z]{3}", 1000  # of a batch; where there are more, it names none
_NAMES = {
    "currency", "currency_code", "currencycode", "currency code", "order currency", "order_currency",
    "币种", "货币", "货币类型", "币别", "结算币种", "交易币种", "订单币种", "付款币种", "currency(币种)",
}  # fmt: skip
CODES = dict.fromkeys(("人民币", "RMB", "元", "¥", "￥", "CN¥", "人民币元"), "CNY") | {
    "港币": "HKD", "港元": "HKD", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY",
    "日圆": "JPY", "韩元": "KRW", "新台币": "TWD", "台币": "TWD", "澳元": "AUD", "加元": "CAD", "新元": "SGD",
}  # fmt: skip


def column_of(part: Part) -> str:
    """Return the file's column that says a currency and that no amount is made of; "" where there is none."""
    amounts = ("money", "discount", *WORTH.get(part.table.name, ()))
    read = {name for amount in amounts for name in part.traced.given.get(amount, ())}
    if part.table.name not in WORTH:
        return ""
    return named(part.file.columns, read)


def named(columns: Sequence[str], read: Collection[str]) -> str:
    """Return the column that is called a currency and is not among those that amounts are made of, or ""."""
    found = [name for name in columns if name.lower() in _NAMES]
    found = found or [name for name in columns if _SAYS.search(name.lower())]
    return next((name for name in found if name not in read), "")


def add(column: str, text: str, n: int, seen: Counter[str]) -> None:
    """Count rows whose column says a currency; where its name alone hints at one, codes are counted."""
    code = text.strip().upper()
    meant = CODES.get(code, code)
    if code and (column.lower() in _NAMES or re.fullmatch(_CODE, meant)):
        seen[meant] += n


def count(engine: Engine, part: Part, seen: Counter[str]) -> None:
    """Count the currencies of the lines that the engine has now and no rule leaves out."""
    column = column_of(part)
    if column:
        quoted = Engine.name(column)
        for code, n in engine.rows(
            f"SELECT upper(trim({quoted}::VARCHAR)) AS code, count(*) FROM __kept "
            f"WHERE code <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST}"
        ):
            add(column, code, n, seen)


def check(part: Part, seen: Counter[str]) -> None:
    """Refuse lines in another currency than the source's.

    Raises:
        SourceError: With each currency and a rule that leaves the others out.
    """
    if seen:
        refuse(part.entry.place, part.label, column_of(part), seen, part.source.currency)


def refuse(place: str, label: str, name: str, seen: Counter[str], currency: str) -> None:
    """Refuse lines in another currency than the source's.

    Args:
        place: File and line of the SELECT.
        label: What the account calls the file.
        name: The column.
        seen: The lines of each currency.
        currency: The source's, "" where it does not say.

    Raises:
        SourceError: With each currency and a rule that leaves the others out.
    """
    currency = currency or max(seen, key=lambda code: seen[code], default="")
    if set(seen) <= {currency}:
        return
    column = Engine.name(name)
    raise SourceError(
        f"{place}: {column} of {label} says {listed(seen)}, and amounts are summed as "
        f"{currency or 'one'}: leave the others out by a rule, exclude: {{other currency: "
        f"{column} <> '{currency}'}}, or convert them in the SELECT"
    )
