"""The catalogue of what is watched: of which tables each rate is made, and what is bad about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.analyses.risk.days import CLOSED_DAYS, Days
from workbench.kit.sentences import message
from workbench.stats.arrays import Array

Unit = Literal["rate", "per_order", "per_spend", "hours", "minutes"]
Loss = Literal["", "orders", "visits", "refunds", "complaints"]
_Make: TypeAlias = Callable[[Days, dict[str, str]], tuple[Array, Array]]


@dataclass(frozen=True)
class Plan:
    """How an indicator is made.

    Attributes:
        name: As of `Indicator`.
        category: As there.
        label: A message; `{segment:label}` is the platform or the depth.
        needs: Columns by table of the contract.
        table: The kind of counts of its trials.
        make: Hits and trials of each day, given the segment.
        by: What it is told apart by.
        is_up: As of `Indicator`.
        unit: As there.
        loss: As there.
        closed_days: As there.
    """

    name: str
    category: str
    label: str
    needs: dict[str, tuple[str, ...]]
    table: str
    make: _Make
    by: Literal["", "platform", "depth", "category"] = ""
    is_up: bool = True
    unit: Unit = "rate"
    loss: Loss = ""
    closed_days: int = 0


_SPENT = 100_000.0  # minor units of a currency with cents: a thousand
_SOCIAL = {"referral", "private_domain"}
_NEW = {"live", "short_video"}


def _paid_visits(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("visits", "rows", channel="paid", **own), days.sums("visits", "rows", **own)


def _returned(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("orders", "returned", **own), days.sums("orders", "stands", **own)


def _of_orders(column: str, of: str = "stands") -> _Make:
    """Orders of a kind, of all that stand."""

    def make(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
        return days.sums("orders", column), days.sums("orders", of)

    return make


def _low_ratings(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("reviews", "low"), days.sums("reviews", "rows")


def _complaints(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("complaints", "rows", **own), days.sums("orders", "rows")


def _late(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("complaints", "late"), days.sums("complaints", "waited")


def _paid_orders(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    orders = days.sums("orders", "rows", channel="paid")
    return orders, days.sums("spend", "amount", channel="paid") / _SPENT


def _failed(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("checkouts", "failed", **own), days.sums("checkouts", "rows", **own)


def _largest(table: str, column: str) -> _Make:
    def make(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
        return days.sums(table, "rows", **{column: largest(days, table, column)}), days.sums(
            table, "rows"
        )

    return make


def largest(days: Days, table: str, column: str) -> str:
    """Return the value of a column that most rows have; of equals the first by name."""
    counted = days.tables[table].groupby(column)["rows"].sum()
    return "" if counted.empty else str(counted.sort_index().idxmax())


def _social(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    led = days.sums("visits", "rows", is_led=1)
    friends = days.sums("visits", "rows", is_led=0, channel=_SOCIAL)
    return led + friends, days.sums("visits", "rows")


def _new_formats(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    known = {"live", "short_video", "image_text"}
    return days.sums("contents", "rows", format=_NEW), days.sums("contents", "rows", format=known)


_RETURNS = ("order_id", "ordered_at", "refunded_amount", "refunded_at")
_EVENTS = ("user_id", "event", "occurred_at")
PLANS: tuple[Plan, ...] = (
    Plan("returned", "content_quality", message("Orders sent back within 14 days"),
          {"orders": _RETURNS}, "orders", _returned, loss="refunds", closed_days=CLOSED_DAYS),
    Plan("returns_alone", "content_quality", message("Rows that only give money back"),
          {"orders": ("ordered_at", "amount", "refunded_amount")}, "orders",
          _of_orders("alone", "rows")),
    Plan("guest_orders", "user_interaction", message("Orders without a user"),
          {"orders": ("ordered_at", "user_id")}, "orders", _of_orders("guest")),
    Plan("discounted_orders", "campaign_effect", message("Orders with a discount"),
          {"orders": ("ordered_at", "discount")}, "orders", _of_orders("cheaper")),
    Plan("paid_visits", "policy_change", message("Visits by paid channels on {segment:label}"),
          {"events": (*_EVENTS, "channel", "platform")}, "visits", _paid_visits, "platform",
          is_up=False, loss="visits"),
    Plan("returned", "content_quality",
          message("Orders sent back within 14 days on {segment:label}"),
          {"orders": (*_RETURNS, "platform")}, "orders", _returned, "platform",
          loss="refunds", closed_days=CLOSED_DAYS),
    Plan("returned", "content_quality",
          message("Orders sent back within 14 days: {segment:lower}"),
          {"orders": (*_RETURNS, "discount")}, "orders", _returned, "depth",
          loss="refunds", closed_days=CLOSED_DAYS),
    Plan("low_ratings", "content_quality", message("Reviews with one or two stars"),
          {"reviews": ("rating", "reviewed_at")}, "reviews", _low_ratings),
    Plan("complaints", "user_interaction", message("Complaints an order"),
          {"complaints": ("opened_at",), "orders": ("ordered_at",)}, "complaints", _complaints,
          unit="per_order", loss="complaints"),
    Plan("complaints", "user_interaction", message("Complaints an order: {segment:lower}"),
          {"complaints": ("opened_at", "category"), "orders": ("ordered_at",)}, "complaints",
          _complaints, "category", unit="per_order", loss="complaints"),
    Plan("late_responses", "user_interaction",
          message("Complaints first answered after more than 3 hours"),
          {"complaints": ("opened_at", "first_response_at")}, "complaints", _late),
    Plan("paid_orders", "campaign_effect", message("Paid orders by what was spent"),
          {"orders": ("ordered_at", "channel"), "spend": ("day", "amount", "channel")}, "spend",
          _paid_orders, is_up=False, unit="per_spend", loss="orders"),
    Plan("failed_checkouts", "system_stability",
          message("Users who began to pay and did not that day, on {segment:label}"),
          {"events": (*_EVENTS, "platform")}, "checkouts", _failed, "platform", loss="orders"),
    Plan("deep_discounts", "security", message("Orders at under half the price"),
          {"orders": ("ordered_at", "amount", "discount")}, "orders", _of_orders("deep")),
    Plan("self_invitations", "security", message("Orders by a user’s own invitation"),
          {"orders": ("ordered_at", "inviter_id", "user_id")}, "orders", _of_orders("own")),
    Plan("largest_platform", "competition", message("Share of {segment:label} in the orders"),
          {"orders": ("ordered_at", "platform")}, "orders", _largest("orders", "platform")),
    Plan("largest_channel", "competition",
          message("Share of the channel {segment:lower} in the orders"),
          {"orders": ("ordered_at", "channel")}, "orders", _largest("orders", "channel")),
    Plan("social_visits", "preference_shift",
          message("Visits by a content or a friend, not by search or ads"),
          {"events": (*_EVENTS, "content_id", "channel")}, "visits", _social, is_up=False),
    Plan("new_formats", "preference_shift",
          message("Lives and short videos among what was published"),
          {"contents": ("published_at", "format")}, "contents", _new_formats, is_up=False),
)  # fmt: skip

NAMES = tuple(dict.fromkeys(plan.name for plan in PLANS))
"""By which an indicator begins; the platform or the like that it is of stands behind."""
