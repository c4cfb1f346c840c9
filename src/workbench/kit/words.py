"""Words and figures as a reader sees them: numbers, money, dates, names of columns, by Babel."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from workbench.kit.labels import LABELS
from workbench.kit.language import locale
from workbench.kit.language import translated as _
from workbench.kit.language import translated_plural as ngettext

if TYPE_CHECKING:
    from workbench.periods import Period

_THIN = "\u202f"  # a narrow space that does not break: `1.2 k` stays on one line
Options = ParamSpec("Options")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SMALL = 10  # of the main unit: below it cents are told, as they are what a small price is made of
_UNIT = re.compile(r"(?<=\d)([KMBT])$")


def _or_dash(
    write: Callable[Concatenate[Any, Options], str],
) -> Callable[Concatenate[Any, Options], str]:
    """Write nothing, and what is no number, as a dash."""

    @wraps(write)
    def written(value: Any, /, *given: Options.args, **named: Options.kwargs) -> str:
        return "–" if value is None or value != value else write(value, *given, **named)  # noqa: PLR0124 - NaN

    return written


@_or_dash
def count(value: float) -> str:
    """Return a whole number with thousands apart: `12,345`."""
    return decimal(value, 0)


@_or_dash
def decimal(value: float, digits: int = 2) -> str:
    """Return a number with so many decimals: `0.07`."""
    from babel import numbers  # noqa: PLC0415 - 40 ms that a parameter check need not pay

    form = "#,##0" + ("." + "0" * digits if digits else "")
    return _signed(numbers.format_decimal(round(value, digits), format=form, locale=locale()))


@_or_dash
def short(value: float) -> str:
    """Return a number in short form: `0.36`, `2.5`, `987`, `1.2 k`, `3.4 m`; `1.2万` in Chinese."""
    size = abs(value)
    if size < 9_999.5:  # noqa: PLR2004 - four figures are read at a glance
        digits = 0 if float(value).is_integer() or size >= 100 else 1 if size >= 1 else 2  # noqa: PLR2004
        return decimal(value, digits)
    from babel import numbers  # noqa: PLC0415 - as in decimal

    written = numbers.format_compact_decimal(
        _three_figures(value), locale=locale(), fraction_digits=1
    )
    return _signed(_UNIT.sub(lambda unit: _THIN + unit[0].lower(), written))


@_or_dash
def percent(rate: float, digits: int = 1) -> str:
    """Return a rate of 0..1 as a percentage: `12.3 %`."""
    return f"{decimal(100 * rate, digits)}{_THIN}%"


@_or_dash
def share(rate: float) -> str:
    """Return the part of a sum as a percentage; in words where what was given back makes it no part."""
    if rate > 1:
        return _("more than all")
    return percent(rate) if rate >= 0 else _("less than nothing")


@_or_dash
def whole_percent(rate: float) -> str:
    """Return a rate as a percentage with no more decimals than it needs: `15 %`, `0.5 %`."""
    return percent(rate, 0 if abs(100 * rate - round(100 * rate)) < 1e-9 else 1)  # noqa: PLR2004


@_or_dash
def points(difference: float, digits: int = 1) -> str:
    """Return a difference of two rates in percentage points, signed: `+3.1 points`."""
    return _("{size} points").format(size=signed(100 * difference, digits))


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign, plus or minus: `+3.1`."""
    return f"{'−' if round(value, digits) < 0 else '+'}{decimal(abs(value), digits)}"


@_or_dash
def money(minor_units: float, currency: str, *, whole: bool = False) -> str:
    """Return an amount of minor units (cents, fen) as money: `¥3.4 m`, or whole: `¥3,412,020.50`.

    A small price is told in cents: `¥4.95`.

    Args:
        minor_units: The amount in the smallest unit of the currency.
        currency: ISO 4217 code; an empty one shows no sign and assumes two decimals.
        whole: Every digit in place of the short form.
    """
    symbol, digits = currency_style(currency)
    amount = minor_units / 10**digits
    sign = "−" if amount < 0 else ""
    in_cents = whole or (abs(amount) < _SMALL and round(amount, digits) != round(amount))
    figure = decimal(abs(amount), digits) if in_cents else short(round(abs(amount)))
    return f"{sign}{symbol}{figure}"


@_or_dash
def p_value(chance: float) -> str:
    """Return a p-value to three decimals: `0.021`, `< 0.001`."""
    return decimal(chance, 3) if chance >= 0.0005 else f"<{_THIN}{decimal(0.001, 3)}"  # noqa: PLR2004


@_or_dash
def duration(length: float | timedelta) -> str:
    """Return a length of time, or of so many seconds, as a person says it: `12 min`, `7 days`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
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


@_or_dash
def months(length: float) -> str:
    """Return so many months as a person says it: `24 months`, `7.4 months`, `1 month`."""
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
    own = name.removeprefix("is_").removesuffix("_id").replace("_", " ").strip()
    return _(LABELS.get(name) or own[:1].upper() + own[1:])


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
