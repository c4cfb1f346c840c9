"""What is planted in the demo shop: every number that the other modules build in."""

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
        uplift_with_discount: By how much more of the customers with a discount in their past come
            back for the price cut.
        uplift_without: The same of customers who never had one.
        discounted_share: Lapsed customers with a discount in their past.
        live_price_cut: By how much goods are cheaper in some lives.
        returned_after_cut: Orders of such goods that are sent back.
        returned_otherwise: Other orders that are sent back.
        repurchase_gain: Repurchase of users on several platforms above that of the others.
        templated_share: Five-star reviews of `templated_products` written from templates.
        templated_products: The products whose reviews were bought.
        bulk_orders: Bad orders that a rule on quantity finds.
        deep_discounts: Bad orders that a rule on the discount finds.
        self_invitations: Bad orders that a rule on the inviter finds.
        night_ring: Bad orders that no rule of one column finds.
        hub_invitations: Bad orders that only their inviter's many friends betray.
        refund_abuse: Bad orders from `refund_abuse_from` on: praised on their way back.
        refund_abuse_from: The first instant of that kind of fraud, UTC without a zone.
        wrong_verdicts: Labels that do not say what is so.
        longer_decisions: Orders of `templated_products` that took more than a day from the first look.
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
    uplift_with_discount: Effect
    uplift_without: Effect
    discounted_share: Effect
    live_price_cut: Effect
    returned_after_cut: Effect
    returned_otherwise: Effect
    repurchase_gain: Effect
    templated_share: Effect
    templated_products: tuple[str, ...]
    bulk_orders: Effect
    deep_discounts: Effect
    self_invitations: Effect
    night_ring: Effect
    hub_invitations: Effect
    refund_abuse: Effect
    refund_abuse_from: datetime
    wrong_verdicts: Effect
    longer_decisions: Effect
    incidents: tuple[Incident, ...]

    @property
    def effects(self) -> dict[str, Effect]:
        """The planted numbers by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Effect)}

    def incident(self, kind: str) -> Incident:
        """Return the incident of that kind."""
        return next(incident for incident in self.incidents if incident.kind == kind)


def truth() -> Truth:
    """Return what `tables()` plants; with `incidents=False` its incidents are left out.

    It is the same for every seed and size. What chance adds to a number shrinks with the users;
    the numbers of the experiments, discovery, group and repurchase are met nearly exactly by what
    users did. Which of their orders are undone later is chance, the same for all: where a number
    is one of purchases, `where` says to what it comes in the tables of the default seed and size.
    """
    return _TRUTH


_LIVES = (
    "visits (event visit) whose content_id is a content of format live: share with an order placed "
    "(event purchase) in the same session, by duration_minutes"
)
_PURCHASE = "an order that was neither cancelled nor given back in full"
_INVITATION = (
    f"assignments of experiment invitation: share of each variant with a purchase ({_PURCHASE}) "
    "in the 7 days from assigned_at, relative to the variant control; {} in tables(), as planted "
    "but for chance by orders placed"
)
_WIN_BACK = (
    "assignments of experiment win_back (users without an event for 60 days): share of the "
    "variant {} with a visit in the 14 days from assigned_at"
)
_BEST_LENGTH = "Lives of 15 to 20 minutes convert best"
_LIVE_CURVE = (
    (0, 0.45), (12, 0.75), (15, 1), (20, 1), (22, 0.84), (40, 0.76), (60, 0.4), (120, 0.3),
)  # fmt: skip
_PLAYS = "Conversion rises with the logarithm of plays and is flat beyond 50,000"
_CUT = "An offer of 23 % off brings 41 % of lapsed users back"
_LIVE_CUT = "Goods sold 23 % cheaper in lives are sent back in 41 % of cases"
_UPLIFT = (
    "assignments of experiment win_back, users with an order before assigned_at: share with a visit in "
    "the 14 days after it, variant price_cut less control, of {}; demo.uplift() says whose it is"
)
_INCIDENTS = (
    Incident("delivery_breakdown", datetime(2025, 12, 7, 16), datetime(2025, 12, 18, 16),
             "abrupt", 4.0, "complaints opened a day", "medium"),
    Incident("ads_suspended", datetime(2026, 4, 12, 16), datetime(2026, 4, 21, 16),
             "abrupt", 0.3, "visits a day on xiaohongshu by the channel paid, and their spend", "medium"),
    Incident("checkout_fault", datetime(2026, 9, 14, 2), datetime(2026, 9, 25, 10),
             "abrupt", 0.5, "step from begin_checkout to purchase on douyin", "high"),
    Incident("refunds_creeping_up", datetime(2026, 5, 3, 16), datetime(2026, 7, 12, 16),
             "ramp", 3.5, "share of the orders on xiaohongshu that are refunded, by ordered_at", "low"),
)  # fmt: skip


def _bad(claim: str, share: float, rule: str) -> Effect:
    where = f"labels of subject order with is_bad, as a share of all orders placed: {rule}"
    return Effect(claim, share, "share", where, OWN)


_TRUTH = Truth(
    social_discovery=Effect(
        "78 % of users discover a shop socially, by content or by a friend",
        0.78,
        "share",
        "events discover: those with a content_id or by channel referral, of all",
    ),
    direct_orders=Effect(
        "35 % of those who discover socially order directly",
        0.35,
        "share",
        "social events discover: those whose session_id has an order placed (event purchase)",
    ),
    live_best_from=Effect(_BEST_LENGTH, 15, "minutes", _LIVES),
    live_best_to=Effect(_BEST_LENGTH, 20, "minutes", _LIVES),
    live_falls_beyond=Effect(
        "Conversion falls when a live is longer than 40 minutes", 40, "minutes", _LIVES
    ),
    live_curve=_LIVE_CURVE,
    plays_flat_from=Effect(
        _PLAYS,
        50_000,
        "plays",
        "visits with a content_id: share with an order placed (event purchase) in the same session, "
        "by contents.plays",
    ),
    plays_slope=Effect(
        _PLAYS,
        0.117,
        "relative",
        "the same: rise per e-fold of plays, relative to the conversion where it is flat",
        OWN,
    ),
    draw_lift=Effect(
        "An invitation with a prize draw lifts conversion by 12 %",
        0.12,
        "relative",
        _INVITATION.format(0.130),
    ),
    friends_help_lift=Effect(
        "An invitation that friends' help makes cheaper lifts conversion by 37 %",
        0.37,
        "relative",
        _INVITATION.format(0.361),
    ),
    group_activity=Effect(
        "18 % of those who join a private-domain group are active in it after 72 hours",
        0.18,
        "share",
        "events join_group: those followed by a group_activity of the user 72 hours later or "
        "more (as many as between hours 72 and 96); joined at least 96 hours before the end",
    ),
    price_cut=Effect(
        _CUT, 0.23, "relative", "orders with coupon_id BACK23: discount / (amount + discount)", OWN
    ),
    returns_after_price_cut=Effect(_CUT, 0.41, "share", _WIN_BACK.format("price_cut"), OWN),
    returns_without=Effect(
        "Some lapsed users come back unasked", 0.17, "share", _WIN_BACK.format("control"), OWN
    ),
    uplift_with_discount=Effect(
        "The offer works on lapsed customers who used a discount before",
        0.48,
        "points",
        _UPLIFT.format("those with an order with a discount before it"),
        OWN,
    ),
    uplift_without=Effect(
        "The offer puts off lapsed customers who never used a discount",
        -0.12,
        "points",
        _UPLIFT.format("those without one"),
        OWN,
    ),
    discounted_share=Effect(
        "Three in five lapsed customers used a discount before",
        0.6,
        "share",
        "users of experiment win_back with an order before assigned_at: those with a discount in one",
        OWN,
    ),
    live_price_cut=Effect(
        _LIVE_CUT,
        0.23,
        "relative",
        "orders with a content_id of format live, a discount and no coupon_id: discount / (amount + discount)",
    ),
    returned_after_cut=Effect(
        _LIVE_CUT,
        0.41,
        "share",
        "orders through a live (content_id) at 20 % or more under the price, without a coupon: status refunded",
    ),
    returned_otherwise=Effect(
        "Other orders are sent back in 6 % of cases",
        0.06,
        "share",
        "all other orders with incidents=False: refunded_amount above 0, those cancelled left out",
        OWN,
    ),
    repurchase_gain=Effect(
        "Users on several platforms repurchase 47 points more than the others",
        0.47,
        "points",
        f"users with a purchase ({_PURCHASE}): share with a second one, users with several "
        "identities less users with one; 0.468 in tables(), as planted but for chance by orders placed",
    ),
    templated_share=Effect(
        "80 % of the five-star reviews of some products are written from templates",
        0.80,
        "share",
        "reviews with rating 5 of truth().templated_products: texts that but for punctuation "
        "stand several times under the product; labels of subject review with is_bad",
    ),
    templated_products=("P0007", "P0019", "P0034", "P0058", "P0083", "P0101"),
    bulk_orders=_bad("Resellers buy by the dozen", 0.003, "quantity of 12 or more"),
    deep_discounts=_bad("Leaked staff coupons are misused", 0.004, "discount above half the price"),
    self_invitations=_bad("Some users invite themselves", 0.004, "inviter_id is the user_id"),
    night_ring=_bad(
        "A ring orders by night, by coupon, within seconds, each of which honest users do too",
        0.012,
        "on wechat between 1 and 5 o'clock, with a coupon, under 30 s from visit to purchase",
    ),
    hub_invitations=_bad(
        "Fake friends hang on a few inviters",
        0.005,
        "the orders of the few inviter_ids that have dozens",
    ),
    refund_abuse=Effect(
        "From 2026-W22 on some buy, praise and send back within six days",
        0.005,
        "share",
        "orders from truth().refund_abuse_from on that demo.foul() names: refunded whole, with a "
        "review of four or five stars before refunded_at; their labels come after refunded_at",
        OWN,
    ),
    refund_abuse_from=datetime(2026, 5, 24, 16),
    wrong_verdicts=Effect(
        "3 % of all verdicts are wrong",
        0.03,
        "share",
        "labels: those whose is_bad is not what demo.foul() says; 15 % of the subjects are judged "
        "a second time, by another reviewer",
        OWN,
    ),
    longer_decisions=Effect(
        "Where reviews are templated, decisions take longer",
        0.15,
        "share",
        "a user's first order of one of truth().templated_products within 14 days of the user's first "
        "view_item of it: those over a day after it; 0.017 for the other products",
        OWN,
    ),
    incidents=_INCIDENTS,
)
