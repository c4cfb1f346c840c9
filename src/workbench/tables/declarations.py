"""The thirteen tables of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.periods import ends_a_minute
from workbench.tables.contract import Check, Column, Table, Type, Unit, where_there

if TYPE_CHECKING:
    import ibis.expr.types as ir


def _not_negative(*names: str) -> tuple[Check, ...]:
    return tuple(
        Check(f"{name} is not negative", (name,), where_there(name, lambda value: value >= 0))
        for name in names
    )


def _not_before(later: str, earlier: str) -> Check:
    def holds(t: ir.Table) -> ir.BooleanValue:
        import ibis  # noqa: PLC0415 - the contract is read before anything heavy is imported

        then, now = t[earlier], t[later]
        # Known by its day only, it stands at that day's end: the same day is not before it.
        same_day = ends_a_minute(then) & (now > then - ibis.interval(days=1))
        return now.isnull() | then.isnull() | (now >= then) | same_day

    return Check(f"{later} is not before {earlier}", (later, earlier), holds)


def _refund_fits(t: ir.Table) -> ir.BooleanValue:
    """A cancellation (cancelled, or of amount 0) may give back what other orders paid."""
    fits = t.amount.isnull() | t.refunded_amount.isnull() | (t.refunded_amount <= t.amount)
    fits = fits | (t.amount == 0)
    return fits | (t.status == "cancelled").fill_null(False) if "status" in t.columns else fits  # noqa: FBT003 - Ibis takes it so


def _within(name: str, low: int, high: int) -> Check:
    between = where_there(name, lambda value: value.between(low, high))
    return Check(f"{name} lies within {low} and {high}", (name,), between)


def _need(name: str, type_: Type, meaning: str, unit: Unit = "", *allowed: str) -> Column:
    return Column(name, type_, meaning, unit, required=True, allowed=allowed)


def _may(name: str, type_: Type, meaning: str, unit: Unit = "", *allowed: str) -> Column:
    return Column(name, type_, meaning, unit, allowed=allowed)


_PLATFORM = _may("platform", "string", "Platform it happened on, in lower case: douyin, wechat, …")
_CHANNEL = _may(
    "channel", "string", "How it came about: paid, organic, referral, private_domain, …"
)
_CONTENT = _may("content_id", "string", "The live, video or note that led to it")
_PRODUCT = _may("product_id", "string", "The product concerned")
_AUTHOR = "Who made it: user, professional, brand"
_ORDER = _may("order_id", "string", "The order concerned")


EVENTS = Table(
    "events",
    "thing a visitor did",
    (),
    "occurred_at",
    (
        _need("user_id", "string", "Who did it; an id of the visitor before an account is known"),
        _need("event", "string", "What was done, in one word: visit, add_to_cart, purchase, …"),
        _need(
            "occurred_at",
            "timestamp",
            "When; known by the day only: the end of that day, and days are compared",
        ),
        _PLATFORM,
        _CHANNEL,
        _CONTENT,
        _PRODUCT,
        _may("session_id", "string", "The visit it belongs to"),
        _ORDER,
        _may("value", "int64", "What it was worth", "minor units"),
        _may("duration_seconds", "float64", "How long it lasted", "seconds"),
    ),
    _not_negative("duration_seconds"),
    takes_more=True,
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
        _may("user_id", "string", "Who ordered; an order may lack one"),
        _may("discount", "int64", "Taken off the price", "minor units"),
        _may("coupon_id", "string", "Coupon used"),
        _may("refunded_amount", "int64", "Given back in all", "minor units"),
        _may("refunded_at", "timestamp", "When the last refund was made"),
        _may("status", "string", "Where it stands", "", "paid", "cancelled", "refunded"),
        _PLATFORM,
        _CHANNEL,
        _CONTENT,
        _may("inviter_id", "string", "User who invited to this order"),
        _may("quantity", "int64", "Pieces in the order"),
    ),
    (
        *_not_negative("amount", "discount", "refunded_amount"),
        _not_before("refunded_at", "ordered_at"),
        Check(
            "refunded_amount is not more than amount, unless that is 0 or the order is cancelled",
            ("refunded_amount", "amount"),
            _refund_fits,
        ),
    ),
    takes_more=True,
)

USERS = Table(
    "users",
    "user",
    ("user_id",),
    "",
    (
        _need("user_id", "string", "The user's id across platforms"),
        _may("signed_up_at", "timestamp", "When the account was opened"),
        _may("platform", "string", "Platform of the first account"),
        _may("region", "string", "Province or country"),
        _may("inviter_id", "string", "User who invited this one"),
        _may("member_level", "string", "Level in the member programme, as of today"),
    ),
    takes_more=True,
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
        _may("author_kind", "string", _AUTHOR, "", "UGC", "PGC", "OGC"),
        _may("format", "string", "What it is", "", "live", "short_video", "image_text"),
        _may("duration_minutes", "float64", "How long it runs", "minutes"),
        _may("published_at", "timestamp", "When it came out"),
        _may("plays", "int64", "Times it was played or opened, as of today"),
        _may("is_flagged", "boolean", "Whether the platform objected to it, as of today"),
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
        _may("user_id", "string", "Who complained"),
        _may("category", "string", "What about"),
        _may("first_response_at", "timestamp", "When somebody first answered"),
        _may("resolved_at", "timestamp", "When it was settled"),
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
        _may("resolved_at", "timestamp", "When it was over"),
        _may("severity", "string", "How bad it was"),
    ),
    (_not_before("resolved_at", "opened_at"),),
)

LABELS = Table(
    "labels",
    "verdict on a subject",
    ("subject", "subject_id", "reviewer"),
    "known_at",
    (
        _need("subject", "string", "What was judged", "", "order", "user", "review", "content"),
        _need("subject_id", "string", "Its id"),
        _need("is_bad", "boolean", "The verdict"),
        _need("known_at", "timestamp", "When the verdict was known; the latest counts"),
        _may("reviewer", "string", "Who gave it; without it a subject is judged once"),
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

_ALL = (
    EVENTS, ORDERS, USERS, IDENTITIES, CONTENTS, REVIEWS, COMPLAINTS, SPEND, ASSIGNMENTS, SURVEYS,
    INCIDENTS, LABELS, FEATURES,
)  # fmt: skip
TABLES: dict[str, Table] = {table.name: table for table in _ALL}
