"""The thirteen tables of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tables.contract import Check, Column, Table, Type, Unit, where_there

if TYPE_CHECKING:
    import ibis.expr.types as ir


def _not_negative(*names: str) -> tuple[Check, ...]:
    return tuple(
        Check(f"{name} is not negative", (name,), where_there(name, lambda value: value >= 0))
        for name in names
    )


def _not_before(later: str, earlier: str) -> Check:
    return Check(
        f"{later} is not before {earlier}",
        (later, earlier),
        lambda t: t[later].isnull() | t[earlier].isnull() | (t[later] >= t[earlier]),
    )


def _refund_fits(t: ir.Table) -> ir.BooleanValue:
    """An order of 0 may give back: a till's slip names none of the orders that it cancels."""
    fits = (t.refunded_amount <= t.amount) | (t.amount == 0)
    return t.amount.isnull() | t.refunded_amount.isnull() | fits


def _within(name: str, low: int, high: int) -> Check:
    between = where_there(name, lambda value: value.between(low, high))
    return Check(f"{name} lies within {low} and {high}", (name,), between)


_PLATFORM = Column(
    "platform", "string", "Platform it happened on, in lower case: douyin, wechat, …"
)
_CHANNEL = Column(
    "channel", "string", "How it came about: paid, organic, referral, private_domain, …"
)
_CONTENT = Column("content_id", "string", "The live, video or note that led to it")
_PRODUCT = Column("product_id", "string", "The product concerned")
_ORDER = Column("order_id", "string", "The order concerned")


def _need(name: str, type_: Type, meaning: str, unit: Unit = "", *allowed: str) -> Column:
    return Column(name, type_, meaning, unit, required=True, allowed=allowed)


EVENTS = Table(
    "events",
    "thing a visitor did",
    (),
    "occurred_at",
    (
        _need("user_id", "string", "Who did it; an id of the visitor before an account is known"),
        _need("event", "string", "What was done, in one word: visit, add_to_cart, purchase, …"),
        _need("occurred_at", "timestamp", "When; known by the day only: the end of that day"),
        _PLATFORM,
        _CHANNEL,
        _CONTENT,
        _PRODUCT,
        Column("session_id", "string", "The visit it belongs to"),
        _ORDER,
        Column("value", "int64", "What it was worth", "minor units"),
        Column("duration_seconds", "float64", "How long it lasted", "seconds"),
    ),
    _not_negative("duration_seconds"),
)

ORDERS = Table(
    "orders",
    "order",
    ("order_id",),
    "ordered_at",
    (
        _need("order_id", "string", "The order's number"),
        _need("ordered_at", "timestamp", "When it was placed"),
        _need("amount", "int64", "Charged after discounts, before refunds", "minor units"),
        Column("user_id", "string", "Who ordered; an order may lack one"),
        Column("discount", "int64", "Taken off the price", "minor units"),
        Column("coupon_id", "string", "Coupon used"),
        Column("refunded_amount", "int64", "Given back in all", "minor units"),
        Column("refunded_at", "timestamp", "When the last refund was made"),
        Column("status", "string", "Where it stands", allowed=("paid", "cancelled", "refunded")),
        _PLATFORM,
        _CHANNEL,
        _CONTENT,
        Column("inviter_id", "string", "User who invited to this order"),
        Column("quantity", "int64", "Pieces in the order"),
    ),
    (
        *_not_negative("amount", "discount", "refunded_amount"),
        _not_before("refunded_at", "ordered_at"),
        Check(
            "refunded_amount is not more than amount, unless that is 0",
            ("refunded_amount", "amount"),
            _refund_fits,
        ),
    ),
)

USERS = Table(
    "users",
    "user",
    ("user_id",),
    "",
    (
        _need("user_id", "string", "The user's id across platforms"),
        Column("signed_up_at", "timestamp", "When the account was opened"),
        Column("platform", "string", "Platform of the first account"),
        Column("region", "string", "Province or country"),
        Column("inviter_id", "string", "User who invited this one"),
        Column("member_level", "string", "Level in the member programme, as of today"),
    ),
)

IDENTITIES = Table(
    "identities",
    "account of a user on a platform",
    ("platform", "platform_user_id"),
    "",
    (
        _need("platform", "string", "Platform of the account"),
        _need("platform_user_id", "string", "The account's id on that platform"),
        _need("user_id", "string", "The user it belongs to"),
    ),
)

CONTENTS = Table(
    "contents",
    "published piece",
    ("content_id",),
    "published_at",
    (
        _need("content_id", "string", "The piece's id"),
        _PLATFORM,
        Column(
            "author_kind",
            "string",
            "Who made it: user, professional, brand",
            allowed=("UGC", "PGC", "OGC"),
        ),
        Column("format", "string", "What it is", allowed=("live", "short_video", "image_text")),
        Column("duration_minutes", "float64", "How long it runs", "minutes"),
        Column("published_at", "timestamp", "When it came out"),
        Column("plays", "int64", "Times it was played or opened, as of today"),
        Column("is_flagged", "boolean", "Whether the platform objected to it, as of today"),
    ),
    _not_negative("duration_minutes", "plays"),
)

REVIEWS = Table(
    "reviews",
    "review",
    ("review_id",),
    "reviewed_at",
    (
        _need("review_id", "string", "The review's id"),
        _need("user_id", "string", "Who wrote it"),
        _need("rating", "int64", "Stars, 1 to 5"),
        _need("text", "string", "What was written"),
        _need("reviewed_at", "timestamp", "When"),
        _PRODUCT,
        _ORDER,
    ),
    (_within("rating", 1, 5),),
)

COMPLAINTS = Table(
    "complaints",
    "complaint",
    ("complaint_id",),
    "opened_at",
    (
        _need("complaint_id", "string", "The complaint's number"),
        _need("opened_at", "timestamp", "When it came in"),
        Column("user_id", "string", "Who complained"),
        Column("category", "string", "What about"),
        Column("first_response_at", "timestamp", "When somebody first answered"),
        Column("resolved_at", "timestamp", "When it was settled"),
    ),
    (_not_before("first_response_at", "opened_at"), _not_before("resolved_at", "opened_at")),
)

SPEND = Table(
    "spend",
    "day, platform and channel",
    ("day", "platform", "channel"),
    "day",
    (
        _need("day", "date", "Day of the shop"),
        _need("platform", "string", "Platform the money went to"),
        _need("amount", "int64", "Spent that day", "minor units"),
        _CHANNEL,
    ),
    _not_negative("amount"),
)

ASSIGNMENTS = Table(
    "assignments",
    "user in an experiment",
    ("experiment", "user_id"),
    "assigned_at",
    (
        _need("experiment", "string", "The experiment's name"),
        _need("variant", "string", "What the user was given"),
        _need("user_id", "string", "The user"),
        _need("assigned_at", "timestamp", "When the variant was drawn"),
    ),
)

SURVEYS = Table(
    "surveys",
    "answer",
    (),
    "answered_at",
    (
        _need("user_id", "string", "Who answered"),
        _need("answered_at", "timestamp", "When"),
        _need("score", "int64", "Would recommend: 0 (never) to 10 (surely)"),
    ),
    (_within("score", 0, 10),),
)

INCIDENTS = Table(
    "incidents",
    "incident",
    ("incident_id",),
    "opened_at",
    (
        _need("incident_id", "string", "The incident's number"),
        _need("kind", "string", "What went wrong"),
        _need("opened_at", "timestamp", "When it began"),
        Column("resolved_at", "timestamp", "When it was over"),
        Column("severity", "string", "How bad it was"),
    ),
    (_not_before("resolved_at", "opened_at"),),
)

LABELS = Table(
    "labels",
    "verdict on a subject",
    ("subject", "subject_id"),
    "known_at",
    (
        _need("subject", "string", "What was judged", "", "order", "user", "review", "content"),
        _need("subject_id", "string", "Its id"),
        _need("is_bad", "boolean", "The verdict"),
        _need("known_at", "timestamp", "When the verdict was known"),
    ),
)

FEATURES = Table(
    "features",
    "user with a known outcome",
    ("user_id",),
    "",
    (
        _need("user_id", "string", "The user"),
        _need("is_churned", "boolean", "Whether the contract ended"),
    ),
    is_open=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        EVENTS,
        ORDERS,
        USERS,
        IDENTITIES,
        CONTENTS,
        REVIEWS,
        COMPLAINTS,
        SPEND,
        ASSIGNMENTS,
        SURVEYS,
        INCIDENTS,
        LABELS,
        FEATURES,
    )
}
