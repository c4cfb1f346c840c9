"""Every measure of the trade, once."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.customers.measures.measure import (
    Figure,
    Measure,
    ratio,
    share,
    share_by_user,
    told,
    total,
)
from workbench.customers.measures.tallies import (
    ATTEMPTS,
    CUSTOMERS,
    DAY_7,
    NEXT_DAY,
    PLACED,
    VISITS,
)
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say

_REFUND = "refunded_amount"


def _named(figure: Figure) -> Figure:
    """A figure of orders that were given back: not known where returns name none of them."""
    return told(
        figure,
        lambda row: bool(row["returns"] and not row["sent_back"]),
        message("what is given back names no order here"),
    )


_ALL = (
    Measure(
        "gmv",
        "amount",
        message("What all orders placed came to, whatever became of them, of known users or not."),
        "sum of amount",
        total("gmv"),
        PLACED,
    ),
    Measure(
        "orders_placed",
        "count",
        message(
            "Orders placed, whatever became of them, of known users or not; rows that only give money "
            "back are none."
        ),
        "orders less returns that name no order",
        total("placed"),
        PLACED,
    ),
    Measure(
        "guest_rate",
        "rate",
        message("The share of the orders placed that name no user, and so are nobody's purchases."),
        "orders placed without user_id ÷ orders_placed",
        share("guests", "placed"),
        PLACED,
        ("user_id",),
        better="",
    ),
    Measure(
        "revenue_amount",
        "amount",
        message("What the purchases came to, before what was given back of them."),
        "sum of amount over purchases",
        total("amount"),
    ),
    Measure(
        "net_revenue_amount",
        "amount",
        message("What the purchases came to, less what was given back of them and by returns."),
        "revenue_amount − refunds of purchases − returns that name no order",
        total("net"),
        also=(_REFUND,),
    ),
    Measure(
        "orders",
        "count",
        message(
            "Purchases: orders of known users of which something was kept, free ones too; not those "
            "that were cancelled or given back in full."
        ),
        "number of purchases",
        total("orders"),
    ),
    Measure(
        "buyers",
        "count",
        message("Users with a purchase."),
        "number of users with a purchase",
        total("buyers"),
    ),
    Measure(
        "new_buyers",
        "count",
        message("Users whose first purchase ever, on whichever platform, was one of these."),
        "number of users without an earlier purchase",
        total("new_buyers"),
    ),
    Measure(
        "aov",
        "amount",
        message("The average purchase, before what was given back of it."),
        "revenue_amount ÷ orders",
        ratio("amount", "orders"),
    ),
    Measure(
        "orders_per_buyer",
        "ratio",
        message("How often those bought who did."),
        "orders ÷ buyers",
        ratio("orders", "buyers"),
    ),
    Measure(
        "repurchase_rate",
        "rate",
        message(
            "Of the users with a purchase in the 52 weeks that end with these days, the share with two "
            "or more in them."
        ),
        "users with ≥ 2 purchases ÷ users with ≥ 1, in 52 weeks",
        share("again", "users"),
        CUSTOMERS,
    ),
    Measure(
        "refund_rate",
        "rate",
        message(
            "Of the money that the orders of known users brought in, the share that was given back: in "
            "part, in full, or by returns that name no order."
        ),
        "money given back ÷ (revenue_amount + money given back of orders that are undone)",
        ratio("back", "charged"),
        also=(_REFUND,),
        better="down",
    ),
    Measure(
        "order_refund_rate",
        "rate",
        message(
            "Of the orders of known users that were paid, the share of which something was given back."
        ),
        "orders with a refund ÷ (purchases + undone orders with a refund)",
        _named(share("sent_back", "paid")),
        also=(_REFUND,),
        better="down",
    ),
    Measure(
        "undone_rate",
        "rate",
        message(
            "Of the orders known users placed, the share that was cancelled or given back in full."
        ),
        "undone orders ÷ orders placed by known users",
        _named(share("undone", "placed_by_users")),
        also=(_REFUND, "status"),
        better="down",
    ),
    Measure(
        "discount_rate",
        "rate",
        message("What was taken off the price of the purchases, as a share of that price."),
        "sum of discount ÷ sum of (amount + discount), over purchases",
        ratio("discount", "price"),
        also=("discount",),
        better="",
    ),
    Measure(
        "visits",
        "count",
        message(
            "Visits: the sessions that began in these days or, where the events tell of none, events "
            "of the funnel's first step."
        ),
        "number of session_id by first event, else of events of the first step",
        told(
            total("visits"),
            lambda row: not row["is_visit"],
            message("the source tells of no sessions and names no steps of a funnel"),
        ),
        VISITS,
    ),
    Measure(
        "organic_rate",
        "rate",
        message("Of the visits whose channel is told, the share by the channel organic."),
        "visits with channel organic ÷ visits with a channel",
        told(
            share_by_user("organic", "told"),
            lambda row: bool(row["told"] and not row["organic"]),
            message("no channel is called organic here"),
        ),
        VISITS,
        ("channel",),
    ),
    Measure(
        "weekly_conversion",
        "rate",
        message(
            "Of the users who took the funnel's first step in a week, the share whose best attempt "
            "reached the last one within 7 days; each user once a week, the weeks pooled, those left "
            "out that are too young for it."
        ),
        "attempts that reached the last step ÷ attempts started, over the weeks",
        share("reached", "started"),
        ATTEMPTS,
    ),
    Measure(
        "activation_rate",
        "rate",
        message(
            "Of the users who signed up, the share with any event on the next day; on as many days as "
            "these, the last ones old enough."
        ),
        "users back on day 1 ÷ users who signed up",
        share("back", "users"),
        NEXT_DAY,
    ),
    Measure(
        "retention_rate",
        "rate",
        message(
            "Of the users who signed up, the share with any event on the seventh day after; on as many "
            "days as these, the last ones old enough."
        ),
        "users back on day 7 ÷ users who signed up",
        share("back", "users"),
        DAY_7,
    ),
)
MEASURES: Mapping[str, Measure] = {one.name: one for one in _ALL}
"""All of them by name, in the order in which a reader meets them."""

repurchase_rate = MEASURES["repurchase_rate"]


def visits_rule(scope: Scope) -> str:
    """Return what counts as a visit in a scope with events, in a sentence."""
    if MEASURES["visits"].sums(scope)["is_session"]:
        return say("Visits are sessions.")
    return say("Visits are events of the funnel's first step, {step:lower}.", step=scope.steps[0])
