"""The data contract: each table's grain, key, columns, types, units and checks, declared once.

`docs/tables.md` is generated from these declarations (`python -m workbench.tables`).

Instants (`timestamp`) are held in UTC without a zone; the source names the shop's zone. Ids are
text, because leading zeros and 64-bit ids must survive. Money is a whole count of minor units
(cents, fen), so that sums are the same on every engine. Rates are 0..1.
"""

from workbench.tables.contract import Check, Column, Table
from workbench.tables.declarations import TABLES

__all__ = ["TABLES", "Check", "Column", "Table"]


def __dir__() -> list[str]:
    return __all__
