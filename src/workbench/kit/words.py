"""Words and figures as a reader sees them: gettext, short numbers, money, names of columns."""

from __future__ import annotations

import gettext
import math
from datetime import date, timedelta
from functools import cache

_translations = gettext.translation("workbench", fallback=True)
_ = _translations.gettext
ngettext = _translations.ngettext

_THIN = "\u202f"  # a narrow space that does not break: `1.2 k` stays on one line
_MISSING = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def count(value: float | None) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return _MISSING if _is_missing(value) else f"{value:,.0f}"


def short(value: float | None) -> str:
    """Return a number in short form: `0.36`, `2.5`, `987`, `1.2 k`, `3.4 m`."""
    if value is None or _is_missing(value):
        return _MISSING
    size = abs(value)
    for limit, factor, unit in ((999_950_000, 1e9, "b"), (999_950, 1e6, "m"), (9_999.5, 1e3, "k")):
        if size >= limit:
            scaled = value / factor
            digits = 1 if abs(scaled) < 99.95 else 0  # noqa: PLR2004 - three figures are enough
            return _signed(f"{scaled:,.{digits}f}{_THIN}{unit}")
    if float(value).is_integer() or size >= 100:  # noqa: PLR2004
        return _signed(f"{value:,.0f}")
    return _signed(f"{value:,.1f}" if size >= 1 else f"{value:.2f}")


def percent(rate: float | None, digits: int = 1) -> str:
    """Return a rate of 0..1 as a percentage: `12.3 %`."""
    if rate is None or _is_missing(rate):
        return _MISSING
    return _signed(f"{100 * rate:,.{digits}f}{_THIN}%")


def whole_percent(rate: float | None) -> str:
    """Return a rate as a percentage with no more decimals than it needs: `15 %`, `0.5 %`."""
    if rate is None or _is_missing(rate):
        return _MISSING
    return percent(rate, 0 if abs(100 * rate - round(100 * rate)) < 1e-9 else 1)  # noqa: PLR2004


def points(difference: float | None, digits: int = 1) -> str:
    """Return a difference of two rates in percentage points, signed: `+3.1 points`."""
    if difference is None or _is_missing(difference):
        return _MISSING
    sign = "−" if round(difference * 100, digits) < 0 else "+"
    return _("{size} points").format(size=f"{sign}{abs(100 * difference):.{digits}f}")


def money(minor_units: float | None, currency: str, *, whole: bool = False) -> str:
    """Return an amount of minor units (cents, fen) as money: `¥3.4 m`, or whole: `¥3,412,020.50`.

    Args:
        minor_units: The amount in the smallest unit of the currency.
        currency: ISO 4217 code; an empty one shows no sign and assumes two decimals.
        whole: Every digit in place of the short form.
    """
    if minor_units is None or _is_missing(minor_units):
        return _MISSING
    symbol, digits = currency_style(currency)
    amount = minor_units / 10**digits
    sign = "−" if amount < 0 else ""
    figure = f"{abs(amount):,.{digits}f}" if whole else short(round(abs(amount)))
    return f"{sign}{symbol}{figure}"


def p_value(chance: float | None) -> str:
    """Return a p-value to three decimals: `0.021`, `< 0.001`."""
    if chance is None or _is_missing(chance):
        return _MISSING
    return f"{chance:.3f}" if chance >= 0.0005 else f"<{_THIN}0.001"  # noqa: PLR2004


def duration(length: float | timedelta | None) -> str:
    """Return a length of time, or of so many seconds, as a person says it: `12 min`, `7 days`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds is None or _is_missing(seconds):
        return _MISSING
    if seconds < _MINUTE:
        return _("{n} s").format(n=_two_figures(seconds))
    if seconds < _HOUR:
        return _("{n} min").format(n=_two_figures(seconds / _MINUTE))
    if seconds < _DAY:
        return _("{n} h").format(n=_two_figures(seconds / _HOUR))
    if seconds == _DAY:
        return _("1 day")
    return _("{n} days").format(n=_two_figures(seconds / _DAY))


def months(length: float | None) -> str:
    """Return so many months as a person says it: `24 months`, `7.4 months`, `1 month`."""
    if length is None or _is_missing(length):
        return _MISSING
    size = f"{length:.1f}".removesuffix(".0")
    return ngettext("{n} month", "{n} months", 1 if size == "1" else 2).format(n=size)


def day(when: date) -> str:
    """Return a day as a reader says it: `28 Sep 2026`."""
    return f"{when.day} {when:%b %Y}"


@cache
def currency_style(currency: str) -> tuple[str, int]:
    """Return a currency's sign and its number of decimals, by the CLDR as Babel ships it.

    Raises:
        ValueError: If ISO 4217 knows no such currency.
    """
    if not currency:
        return "", 2
    from babel import numbers  # noqa: PLC0415 - 40 ms that a parameter check need not pay

    if currency not in numbers.list_currencies():
        raise ValueError(f"unknown currency '{currency}', must be an ISO 4217 code such as CNY")
    symbol = numbers.get_currency_symbol(currency, locale="zh" if currency == "CNY" else "en")
    return symbol, numbers.get_currency_precision(currency)


def label(name: str) -> str:
    """Return the words for a column, event or other machine name: `step_rate` → `Step rate`."""
    known = _labels().get(name)
    if known is not None:
        return known
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


@cache
def _labels() -> dict[str, str]:
    """Names that would read badly if only their underscores were taken away."""
    return {
        "douyin": _("Douyin"),
        "wechat": _("WeChat"),
        "xiaohongshu": _("Xiaohongshu"),
        "gmv": _("GMV"),
        "aov": _("Average order"),
        "ltv": _("Lifetime value"),
        "roi": _("ROI"),
        "user_id": _("User"),
        "previous_step_rate": _("Before"),
        "retention_day_7": _("7-day retention"),
        "activation_next_day": _("New users back the next day"),
        "order_in_30_days": _("New users with an order in 30 days"),
        "second_order_in_60_days": _("Second order in 60 days"),
        "social_discovery": _("Found us by content or a friend"),
        "direct_orders": _("Of those, ordered at once"),
        "group_24_hours": _("Active in the group after 24 hours"),
        "group_48_hours": _("Active in the group after 48 hours"),
        "group_72_hours": _("Active in the group after 72 hours"),
        "live_over_notes": _("Lives over notes"),
        "ltv_growth": _("Growth of the lifetime value"),
        "life_cycle_months": _("Life cycle"),
        "undone": _("Cancelled or given back in full"),
        "revenue_amount": _("Revenue"),
        "expected_amount": _("Expected next"),
        "listed_users": _("On the list"),
        "score_1": _("Scores 1"),
        "score_2": _("Scores 2"),
        "score_3": _("Scores 3"),
        "recency_days": _("Recency"),
        "in_period": _("Bought in the period"),
        "before_period": _("Bought before"),
        "given_back_in_period": _("Given back in the period, on its own"),
        "given_back_before_period": _("Given back before, on its own"),
        "after_period": _("Ordered after the period"),
        "refunded_after_period": _("Refunded after the period"),
        "p_value": _("Chance alone"),
        "adjusted_p_value": _("Chance alone, all tests considered"),
        "tier_level": _("Level"),
        "tau": _("Kendall’s tau"),
        "psi": _("Population stability index"),
        "past_spend": _("Last year’s spend"),
        "concentration_rate": _("Concentration"),
        "tiers_lead_change": _("Levels ahead by"),
        "ahead_level": _("Out of order: brings more"),
        "behind_level": _("than the higher level"),
        "buyers": _("With an order"),
        "again": _("Ordered again"),
        "users_rate": _("Share of users"),
        "net_amount": _("Net"),
        "net_amount_rate": _("Share of the money"),
        "alive_rate": _("Still customers"),
        "money_kept": _("Kept"),
        "money_excluded": _("Excluded"),
        "money_quarantined": _("Quarantined"),
    }


def _signed(figure: str) -> str:
    """A figure with a minus in place of a hyphen; nought has no sign."""
    if not figure.startswith("-"):
        return figure
    return f"−{figure[1:]}" if any(digit in figure for digit in "123456789") else figure[1:]


def _two_figures(number: float) -> str:
    """Two figures are enough for a time: `3.4`, `12`, `7`."""
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")  # noqa: PLR2004


def _is_missing(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
