# ruff: noqa: S608 - every name in it is quoted
"""A second currency in a file, which no sum may take for the first."""

from __future__ import annotations

from collections import Counter

from workbench.errors import SourceError
from workbench.sources.account import WORTH
from workbench.sources.doubts import listed
from workbench.sources.sql import Engine
from workbench.sources.staging import Part

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
    found = (name for name in part.file.columns if name.lower() in _NAMES and name not in read)
    return next(found, "")


def count(engine: Engine, part: Part, seen: Counter[str]) -> None:
    """Count the currencies of the lines that the engine has now and no rule leaves out."""
    column = column_of(part)
    if column:
        quoted = Engine.name(column)
        for code, n in engine.rows(
            f"SELECT upper(trim({quoted}::VARCHAR)) AS code, count(*) FROM __kept "
            f"WHERE code <> '' GROUP BY 1"
        ):
            seen[CODES.get(code, code)] += n


def check(part: Part, seen: Counter[str]) -> None:
    """Refuse lines in another currency than the source's.

    Raises:
        SourceError: With each currency and a rule that leaves the others out.
    """
    currency = part.source.currency or max(seen, key=lambda code: seen[code], default="")
    if set(seen) <= {currency}:
        return
    column = Engine.name(column_of(part))
    raise SourceError(
        f"{part.entry.place}: {column} of {part.label} says {listed(seen)}, and amounts are summed as "
        f"{currency or 'one'}: leave the others out by a rule, exclude: {{other currency: "
        f"{column} <> '{currency}'}}, or convert them in the SELECT"
    )
