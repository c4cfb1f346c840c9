"""What a planted effect is made of: its claim, its number, its unit and its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

PUBLISHED: Final = "a published claim of the field"
OWN: Final = "the demo's own"


@dataclass(frozen=True)
class Effect:
    """One planted number.

    Attributes:
        claim: What is said, in plain words.
        value: The number that is planted.
        unit: What the number counts.
        where: In which tables it sits, and how to read it from them.
        source: Where the number comes from.
    """

    claim: str
    value: float
    unit: Literal["share", "relative", "points", "minutes", "plays"]
    where: str
    source: Literal["a published claim of the field", "the demo's own"] = PUBLISHED


@dataclass(frozen=True)
class Incident:
    """Something that went wrong for a while.

    Attributes:
        kind: As in the table `incidents`.
        started_at: First instant, UTC without a zone (`opened_at`).
        ended_at: First instant at which all is well again, UTC without a zone (`resolved_at`).
        shape: `abrupt`: in full from the first instant to the last; `ramp`: grows evenly from
            nothing to its full size at the end.
        factor: What the affected number is multiplied by (at the end, for a ramp).
        where: Which number of which tables that is.
        severity: As in the table `incidents`.
    """

    kind: str
    started_at: datetime
    ended_at: datetime
    shape: Literal["abrupt", "ramp"]
    factor: float
    where: str
    severity: str


@dataclass(frozen=True)
class Truth:
    """Everything that is planted.

    Attributes:
        social_discovery: Users who first meet the shop socially.
        direct_orders: Of those, users who place an order in the same visit.
        live_best_from: Shortest live with the best conversion.
        live_best_to: Longest live with the best conversion.
        live_falls_beyond: Length beyond which conversion falls steeply.
        live_curve: Points (minutes, conversion relative to the best), straight between them.
        plays_flat_from: Plays from which more plays change nothing.
        plays_slope: How much conversion rises per e-fold of plays below that.
        draw_lift: Gain in buyers of an invitation with a prize draw over a plain one.
        friends_help_lift: Gain in buyers of one that friends' help makes cheaper.
        group_activity: Members of a private-domain group active after 72 hours.
        price_cut: The price cut offered to lapsed users.
        returns_after_price_cut: Lapsed users who come back for it.
        returns_without: Lapsed users who come back unasked.
        repurchase_gain: Repurchase of users on several platforms above that of the others.
        templated_share: Five-star reviews of `templated_products` written from templates.
        templated_products: The products whose reviews were bought.
        bulk_orders: Bad orders that a rule on quantity finds.
        deep_discounts: Bad orders that a rule on the discount finds.
        self_invitations: Bad orders that a rule on the inviter finds.
        night_ring: Bad orders that no rule of one column finds.
        hub_invitations: Bad orders that only their inviter's many friends betray.
        incidents: The three abrupt incidents, then the slow ramp.
    """

    social_discovery: Effect
    direct_orders: Effect
    live_best_from: Effect
    live_best_to: Effect
    live_falls_beyond: Effect
    live_curve: tuple[tuple[float, float], ...]
    plays_flat_from: Effect
    plays_slope: Effect
    draw_lift: Effect
    friends_help_lift: Effect
    group_activity: Effect
    price_cut: Effect
    returns_after_price_cut: Effect
    returns_without: Effect
    repurchase_gain: Effect
    templated_share: Effect
    templated_products: tuple[str, ...]
    bulk_orders: Effect
    deep_discounts: Effect
    self_invitations: Effect
    night_ring: Effect
    hub_invitations: Effect
    incidents: tuple[Incident, ...]

    @property
    def effects(self) -> dict[str, Effect]:
        """The planted numbers by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Effect)}

    def incident(self, kind: str) -> Incident:
        """Return the incident of that kind."""
        return next(incident for incident in self.incidents if incident.kind == kind)
