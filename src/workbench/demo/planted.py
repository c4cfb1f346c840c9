"""What is planted in the demo shop: every number that the other modules build in."""

from __future__ import annotations

from datetime import datetime

from workbench.demo.effects import OWN, Effect, Incident, Truth


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
_BAD = "labels of subject order with is_bad, as a share of all orders placed: "

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
    live_best_from=Effect("Lives of 15 to 20 minutes convert best", 15, "minutes", _LIVES),
    live_best_to=Effect("Lives of 15 to 20 minutes convert best", 20, "minutes", _LIVES),
    live_falls_beyond=Effect(
        "Conversion falls when a live is longer than 40 minutes", 40, "minutes", _LIVES
    ),
    live_curve=(
        (0, 0.45),
        (12, 0.75),
        (15, 1),
        (20, 1),
        (22, 0.84),
        (40, 0.76),
        (60, 0.4),
        (120, 0.3),
    ),
    plays_flat_from=Effect(
        "Conversion rises with the logarithm of plays and is flat beyond 50,000",
        50_000,
        "plays",
        "visits with a content_id: share with an order placed (event purchase) in the same session, "
        "by contents.plays",
    ),
    plays_slope=Effect(
        "Conversion rises with the logarithm of plays and is flat beyond 50,000",
        0.117,
        "relative",
        "the same: rise per e-fold of plays, relative to the conversion where it is flat",
        source=OWN,
    ),
    draw_lift=Effect(
        "An invitation with a prize draw lifts conversion by 12 %",
        0.12,
        "relative",
        _INVITATION.format(0.137),
    ),
    friends_help_lift=Effect(
        "An invitation that friends' help makes cheaper lifts conversion by 37 %",
        0.37,
        "relative",
        _INVITATION.format(0.405),
    ),
    group_activity=Effect(
        "18 % of those who join a private-domain group are active in it after 72 hours",
        0.18,
        "share",
        "events join_group: those followed by a group_activity of the user 72 hours later or "
        "more (as many as between hours 72 and 96); joined at least 96 hours before the end",
    ),
    price_cut=Effect(
        "A price cut of 23 % brings 41 % of lapsed users back",
        0.23,
        "relative",
        "orders with coupon_id BACK23: discount / (amount + discount)",
    ),
    returns_after_price_cut=Effect(
        "A price cut of 23 % brings 41 % of lapsed users back",
        0.41,
        "share",
        _WIN_BACK.format("price_cut"),
    ),
    returns_without=Effect(
        "Some lapsed users come back unasked",
        0.17,
        "share",
        _WIN_BACK.format("control"),
        source=OWN,
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
    bulk_orders=Effect(
        "Resellers buy by the dozen",
        0.003,
        "share",
        _BAD + "quantity of 12 or more",
        source=OWN,
    ),
    deep_discounts=Effect(
        "Leaked staff coupons are misused",
        0.004,
        "share",
        _BAD + "discount above half the price",
        source=OWN,
    ),
    self_invitations=Effect(
        "Some users invite themselves",
        0.004,
        "share",
        _BAD + "inviter_id is the user_id",
        source=OWN,
    ),
    night_ring=Effect(
        "A ring orders by night, by coupon, within seconds, each of which honest users do too",
        0.012,
        "share",
        _BAD
        + "on wechat between 1 and 5 o'clock, with a coupon, under 30 s from visit to purchase",
        source=OWN,
    ),
    hub_invitations=Effect(
        "Fake friends hang on a few inviters",
        0.005,
        "share",
        _BAD + "the orders of the few inviter_ids that have dozens",
        source=OWN,
    ),
    incidents=(
        Incident(
            "delivery_breakdown",
            datetime(2025, 12, 7, 16),
            datetime(2025, 12, 18, 16),
            "abrupt",
            4.0,
            "complaints opened a day",
            "medium",
        ),
        Incident(
            "ads_suspended",
            datetime(2026, 4, 12, 16),
            datetime(2026, 4, 21, 16),
            "abrupt",
            0.3,
            "visits a day on xiaohongshu by the channel paid, and their spend",
            "medium",
        ),
        Incident(
            "checkout_fault",
            datetime(2026, 9, 14, 2),
            datetime(2026, 9, 25, 10),
            "abrupt",
            0.5,
            "step from begin_checkout to purchase on douyin",
            "high",
        ),
        Incident(
            "refunds_creeping_up",
            datetime(2026, 5, 3, 16),
            datetime(2026, 7, 12, 16),
            "ramp",
            3.5,
            "share of the orders on xiaohongshu that are refunded, by ordered_at",
            "low",
        ),
    ),
)
