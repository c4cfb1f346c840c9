"""Words and figures as a reader sees them: numbers, money, dates, names of columns, by Babel."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from workbench.kit.language import locale
from workbench.kit.language import translated as _
from workbench.kit.language import translated_plural as ngettext

if TYPE_CHECKING:
    from workbench.periods import Period

_THIN = "\u202f"  # a narrow space that does not break: `1.2 k` stays on one line
_MISSING = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNIT = re.compile(r"(?<=\d)([KMBT])$")


def count(value: float | None) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return _MISSING if value is None or _is_missing(value) else decimal(value, 0)


def decimal(value: float | None, digits: int = 2) -> str:
    """Return a number with so many decimals: `0.07`."""
    if value is None or _is_missing(value):
        return _MISSING
    from babel import numbers  # noqa: PLC0415 - 40 ms that a parameter check need not pay

    form = "#,##0" + ("." + "0" * digits if digits else "")
    return _signed(numbers.format_decimal(round(value, digits), format=form, locale=locale()))


def short(value: float | None) -> str:
    """Return a number in short form: `0.36`, `2.5`, `987`, `1.2 k`, `3.4 m`; `1.2万` in Chinese."""
    if value is None or _is_missing(value):
        return _MISSING
    size = abs(value)
    if size < 9_999.5:  # noqa: PLR2004 - four figures are read at a glance
        digits = 0 if float(value).is_integer() or size >= 100 else 1 if size >= 1 else 2  # noqa: PLR2004
        return decimal(value, digits)
    from babel import numbers  # noqa: PLC0415 - as in decimal

    written = numbers.format_compact_decimal(
        _three_figures(value), locale=locale(), fraction_digits=1
    )
    return _signed(_UNIT.sub(lambda unit: _THIN + unit[0].lower(), written))


def percent(rate: float | None, digits: int = 1) -> str:
    """Return a rate of 0..1 as a percentage: `12.3 %`."""
    return (
        _MISSING if rate is None or _is_missing(rate) else f"{decimal(100 * rate, digits)}{_THIN}%"
    )


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
    return _("{size} points").format(size=f"{sign}{decimal(abs(100 * difference), digits)}")


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
    figure = decimal(abs(amount), digits) if whole else short(round(abs(amount)))
    return f"{sign}{symbol}{figure}"


def p_value(chance: float | None) -> str:
    """Return a p-value to three decimals: `0.021`, `< 0.001`."""
    if chance is None or _is_missing(chance):
        return _MISSING
    return decimal(chance, 3) if chance >= 0.0005 else f"<{_THIN}{decimal(0.001, 3)}"  # noqa: PLR2004


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
    days = _two_figures(seconds / _DAY)
    return ngettext("{n} day", "{n} days", 1 if days == "1" else 2).format(n=days)


def weeks(length: int) -> str:
    """Return so many weeks as a person says it: `4 weeks`, `1 week`."""
    return ngettext("{n} week", "{n} weeks", length).format(n=count(length))


def months(length: float | None) -> str:
    """Return so many months as a person says it: `24 months`, `7.4 months`, `1 month`."""
    if length is None or _is_missing(length):
        return _MISSING
    size = decimal(length, 0 if float(round(length, 1)).is_integer() else 1)
    return ngettext("{n} month", "{n} months", 1 if size == "1" else 2).format(n=size)


def day(when: date) -> str:
    """Return a day as a reader says it: `28 Sep 2026`."""
    return _date(when, "d MMM y", "yMMMd")


def day_month(when: date) -> str:
    """Return a day without its year: `28 Sep`."""
    return _date(when, "d MMM", "MMMd")


def instant(when: datetime) -> str:
    """Return an instant on the shop's clock: `28 Sep 2026 14:05`."""
    return f"{day(when)} {when:%H:%M}"


def period(days: Period) -> str:
    """Return the days of a period: `7 Sep – 4 Oct 2026`, `9 – 15 Mar 2026`."""
    first, last = days.first, days.last
    if first == last:
        return day(last)
    if locale() != "en":
        from babel import dates  # noqa: PLC0415 - as in decimal

        return str(dates.format_interval(first, last, "yMMMd", locale=locale()))
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    begins = day_month(first) if first.month != last.month else f"{first.day}"
    return f"{begins} – {day(last)}"


def listed(names: Iterable[object]) -> str:
    """Return texts as a list within a sentence: `a, b and c`."""
    from babel.lists import format_list  # noqa: PLC0415 - as in decimal

    text: str = format_list([str(name) for name in names], locale=locale())
    return text.replace(", and ", " and ")


def named(names: Iterable[str]) -> str:
    """Return machine names as a list of labels within a sentence: `Douyin and WeChat`."""
    return listed(label(name) for name in names)


def lower(name: str) -> str:
    """Return the label of a machine name as it stands within a sentence: `big spenders`."""
    return label(name).lower()


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
    return _(text[:1].upper() + text[1:])


def _labels() -> dict[str, str]:
    """Names that would read badly if only their underscores were taken away."""
    return {
        "douyin": _("Douyin"),
        "wechat": _("WeChat"),
        "xiaohongshu": _("Xiaohongshu"),
        "gmv": _("GMV"),
        "aov": _("Average order"),
        "ltv": _("Lifetime value"),
        "ltv_amount": _("Lifetime value"),
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
        "image_text": _("Note"),
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


def _date(when: date, english: str, skeleton: str) -> str:
    """A day by the house's own pattern in English, by the CLDR's in any other language."""
    from babel import dates  # noqa: PLC0415 - as in decimal

    if locale() == "en":
        return str(dates.format_date(when, english, locale="en"))
    return str(dates.format_skeleton(skeleton, when, locale=locale()))


def _three_figures(value: float) -> float:
    """A number of which the short form shows no more than three figures: 123.4 k is `123 k`."""
    scale = 10.0 ** max(0, math.floor(math.log10(abs(value))) - 2)
    return round(value / scale) * scale


def _signed(figure: str) -> str:
    """A figure with a minus in place of a hyphen; nought has no sign."""
    if not figure.startswith("-"):
        return figure
    return f"−{figure[1:]}" if any(digit in figure for digit in "123456789") else figure[1:]


def _two_figures(number: float) -> str:
    """Two figures are enough for a time: `3.4`, `12`, `7`."""
    return decimal(number, 0 if number >= 10 or float(round(number, 1)).is_integer() else 1)  # noqa: PLR2004


def _is_missing(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
