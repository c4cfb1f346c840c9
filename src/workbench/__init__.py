"""The workbench: a shop's data in, decisions out. What a notebook needs, in the order it needs it.

    import workbench as wb

    shop = wb.connect("demo")             a source as contract tables: shop.events, shop.orders, …
    period = shop.period("latest", 4)     the last four complete weeks of the shop
    wb.funnel                             where users leave: journey, diagnose, levels
    wb.fit_purchases, wb.fit_spend        how often customers will buy, and for how much
    wb.tiers                              who the users are and what they are worth: rank, moves
    wb.show(...)                          findings, a chart, a table, on the page
    wb.explore(...)                       controls that redraw an answer, in JupyterLab and in an app
    wb.finish(...)                        where the figures come from; closes a notebook
    wb.Period, wb.Week                    weeks and days of a shop

    wb.tables.TABLES                      the contract that every source keeps
    wb.demo                               the invented shop and the effects planted in it
    wb.charts                             chart shapes in the house style

Names load when they are first asked for, so that a wrong parameter on the command line is
answered before anything heavy is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.errors import unknown

if TYPE_CHECKING:
    from workbench import charts, demo, sources, tables
    from workbench.analyses import funnel, tiers
    from workbench.controls import explore
    from workbench.customers.value import fit_purchases, fit_spend
    from workbench.display import finish, show
    from workbench.periods import Period, Week
    from workbench.sources import connect

__all__ = [
    "Period",
    "Week",
    "charts",
    "connect",
    "demo",
    "explore",
    "finish",
    "fit_purchases",
    "fit_spend",
    "funnel",
    "show",
    "sources",
    "tables",
    "tiers",
]

_MODULES = {
    "charts": "workbench.charts",
    "demo": "workbench.demo",
    "funnel": "workbench.analyses.funnel",
    "sources": "workbench.sources",
    "tables": "workbench.tables",
    "tiers": "workbench.analyses.tiers",
}
_HOMES = {
    "Period": "workbench.periods",
    "Week": "workbench.periods",
    "connect": "workbench.sources",
    "explore": "workbench.controls",
    "finish": "workbench.display",
    "fit_purchases": "workbench.customers.value",
    "fit_spend": "workbench.customers.value",
    "show": "workbench.display",
}


def __getattr__(name: str) -> Any:
    """Load a name of the door when it is first asked for (PEP 562)."""
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(unknown("name in workbench", name, __all__))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
