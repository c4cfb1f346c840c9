"""The workbench: a shop's data in, decisions out. What a notebook needs, in the order it needs it.

    import workbench as wb

    shop = wb.connect("demo")                     a source as contract tables: shop.orders, …
    scope = shop.scope("latest", weeks=8)         what is looked at: weeks, a platform
    scope.orders, scope.history.orders            Ibis still: of the period, and all up to its end

    wb.diagnose(scope)                            where users leave on the way, and since when
    wb.habits(scope)                              how they find the shop, and whether they stay
    wb.contents(scope), wb.invitations(scope)     which contents sell, what friends bring
    tiers = wb.rank(scope)                        who the users are, and what they will bring
    wb.moves(tiers), wb.act(tiers)                who changed level; what to do, and for whom
    wb.backtest(tiers)                            whether that would have held
    model = wb.churn.fit(scope)                   what foretells who leaves, and how well it did
    wb.churn.predict(scope, model)                who is about to leave; .call: whom to call
    wb.risk.assess(scope)                         what is red and since when, what it costs, who owns it
    wb.risk.cases(scope), wb.risk.reviews(scope)  what to check first; which reviews are templated
    wb.cohorts, wb.lifecycle, wb.super_users      who returns, for how long, and who most
    wb.ltv(scope, tiers)                          what a customer is worth
    wb.compare(scope, tiers)                      the shop's goals beside what was reached
    wb.measures(scope)                            the measures of the trade: docs/measures.md

    wb.show(...)                                  anything of these, on the page
    wb.explore(...)                               controls that redraw an answer
    wb.export(frame, "list.csv")                  a table for people, masked
    wb.published(shop, week, "user_tiering")      what an earlier report made
    wb.keep(model, shop, "churn")                 a fitted model beside the report, for its owner
    wb.finish(...)                                where the figures come from; closes a notebook

    wb.tables.TABLES                              the contract that every source keeps
    wb.paths, wb.customers                        the funnel's engine; purchases, models of value
    wb.stats, wb.charts, wb.demo                  statistics, chart shapes, the invented shop

Names load when they are first asked for, so that a wrong parameter on the command line is
answered before anything heavy is imported.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from workbench.doors import lazily
from workbench.kit import audience, language

if TYPE_CHECKING:
    from workbench import charts, customers, demo, paths, sources, stats, tables
    from workbench.analyses import churn, risk
    from workbench.analyses.actions import act
    from workbench.analyses.cohorts import cohorts
    from workbench.analyses.contents import contents
    from workbench.analyses.funnel import diagnose
    from workbench.analyses.habits import habits
    from workbench.analyses.invitations import invitations
    from workbench.analyses.lifecycle import lifecycle
    from workbench.analyses.ltv import ltv
    from workbench.analyses.moves import moves
    from workbench.analyses.super_users import super_users
    from workbench.analyses.tiers import rank
    from workbench.backtests import backtest
    from workbench.controls import explore
    from workbench.customers.measures import measures
    from workbench.display import connect, export, finish, published, show
    from workbench.display.keeping import keep
    from workbench.kit.goals import compare
    from workbench.periods import Period, Week

_HOMES = {
    **dict.fromkeys(("charts", "customers", "demo", "paths", "sources", "stats", "tables"), ""),
    "Period": "workbench.periods",
    "Week": "workbench.periods",
    "act": "workbench.analyses.actions",
    "backtest": "workbench.backtests",
    "churn": "workbench.analyses",
    "cohorts": "workbench.analyses.cohorts",
    "compare": "workbench.kit.goals",
    "connect": "workbench.display",
    "contents": "workbench.analyses.contents",
    "diagnose": "workbench.analyses.funnel",
    "explore": "workbench.controls",
    "export": "workbench.display",
    "finish": "workbench.display",
    "habits": "workbench.analyses.habits",
    "invitations": "workbench.analyses.invitations",
    "keep": "workbench.display.keeping",
    "lifecycle": "workbench.analyses.lifecycle",
    "ltv": "workbench.analyses.ltv",
    "measures": "workbench.customers.measures",
    "moves": "workbench.analyses.moves",
    "published": "workbench.display",
    "rank": "workbench.analyses.tiers",
    "risk": "workbench.analyses",
    "show": "workbench.display",
    "super_users": "workbench.analyses.super_users",
}
__all__ = list(_HOMES)

_load, __dir__ = lazily(__name__, _HOMES)
language.speak(os.environ.get("WORKBENCH_LANGUAGE", "en"))
audience.tell(os.environ)


def __getattr__(name: str) -> Any:
    """Load a name of the door when it is first asked for."""
    if _HOMES.get(name):
        _furnish()
    return _load(name)


def _furnish() -> None:
    """Give the kit what it does not fetch itself: the key of the pseudonyms, the style of cells."""
    from workbench.display import keys, lab  # noqa: PLC0415 - light, but not the door's weight
    from workbench.kit import blocks, ids  # noqa: PLC0415 - as above

    ids.key_from(keys.key)
    blocks.dress(lab.style_of_cells())
