"""By which rules users were tiered, for the reader of a page."""

from __future__ import annotations

from workbench.customers.forecast import LTV_DAYS
from workbench.customers.thresholds import Thresholds
from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.periods import Period


def rules(
    period: Period,
    cuts: Thresholds,
    *,
    horizon_days: int,
    discount_rate: float,
    others_amount: int,
    currency: str,
    platform: str = "",
    since: str = "",
) -> tuple[str, ...]:
    """Return the rules in sentences.

    Args:
        period: The base period.
        cuts: The thresholds in use.
        horizon_days: How far the forecast looks.
        discount_rate: A year's.
        others_amount: What users on no level were given back, minor units below 0.
        currency: ISO 4217 code.
        platform: The one whose orders count; empty means all.
        since: That the orders begin within the period, in a sentence; empty if they do not.
    """
    only = message("Only the orders on {platform} count, here and in all that follows.")
    found = (
        *((only.format(platform=words.label(platform)),) if platform else ()),
        say(
            "Levels rest on the orders of {period}. An order that was cancelled or given back in "
            "full by then is none, and money is net of what was given back by then.",
            period=period,
        ),
        *((since,) if since else ()),
        say(
            "Recency (R) is the days of the shop since the last order, frequency (F) the orders, "
            "money (M) what they came to. Each scores 1 to 3, and equal values share a score: {cuts}",
            cuts=_parted(cuts),
        ),
        say(
            "The 27 cells of scores make nine levels by the table parameters/tiers.yaml; a level "
            "never falls when a score rises."
        ),
        say(
            "Forecasts come from the BG/NBD and Gamma-Gamma models, fitted to all orders up to the "
            "period's end (those of one day count as one): what is expected within {horizon} days, "
            "and the worth of the next {year} days at a discount of {rate:whole_percent} a year. Users are never "
            "ranked by the probability of being alive, which is 1 for everybody who ordered once.",
            horizon=horizon_days,
            year=LTV_DAYS,
            rate=discount_rate,
        ),
        say(
            "The back-test knows nothing of the last {horizon} days: it learns thresholds and models "
            "of its own before them, whichever are used above, and holds the levels against what "
            "came in them.",
            horizon=horizon_days,
        ),
    )
    if not others_amount:
        return found
    rest = message(
        "{amount} were given back in the period to users without an order in it, who are on no level."
    )
    return (*found, rest.format(amount=words.money(-others_amount, currency, whole=True)))


def _parted(cuts: Thresholds) -> str:
    """How large the groups of scores are, which depends on where the thresholds come from."""
    if cuts.origin == "given":
        return say("the thresholds were given, and the groups are as large as they make them.")
    if cuts.is_reused:
        return say(
            "the thresholds parted the users of {week} into groups as near to thirds as that allows, "
            "and part those of this period as they come.",
            week=cuts.week,
        )
    return say("the thresholds part the users into groups as near to thirds as that allows.")
