"""How a sentence is made: one whole message of the catalogue, whose figures say how they are written.

    say("{rate:percent} of {users:count} came again.", rate=0.123, users=4567)
    say_n("{n:count} user left.", "{n:count} users left.", 3)
    say("They brought {worth:money}.", worth=1234500, currency="CNY")

A template that is chosen first and said later is marked where it stands: `message("…")`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from workbench.kit import words
from workbench.kit.language import translated, translated_plural

if TYPE_CHECKING:
    import pandas as pd

FORMATS: Mapping[str, Callable[[Any], str]] = {
    "percent": words.percent,
    "whole_percent": words.whole_percent,
    "share": words.share,
    "points": words.points,
    "count": words.count,
    "short": words.short,
    "p_value": words.p_value,
    "duration": words.duration,
    "weeks": words.weeks,
    "months": words.months,
    "day": words.day,
    "day_month": words.day_month,
    "instant": words.instant,
    "period": words.period,
    "label": words.label,
    "lower": words.lower,
    "list": words.listed,
    "names": words.named,
    "decimal": words.decimal,
}
"""How a field may be written; `money` and `whole_money` too, by the value `currency`."""


def say(template: str, /, **values: Any) -> str:
    """Return a message in the reader's language, with its figures written as their fields say.

    Args:
        template: The whole sentence, in English; fields are `{name}` for what is text already, and
            `{name:format}` with a format of `FORMATS`, `money` or `whole_money`.
        values: By field; `currency`, an ISO 4217 code, for money.

    Raises:
        KeyError: If a field has no value.
        ValueError: If there is no such format.
    """
    return _Sentence().vformat(translated(template), (), values)


def say_rows(template: str, rows: pd.DataFrame) -> list[str]:
    """Return a message for each row of a frame, with its columns as fields."""
    return [say(template, **row) for row in cast("list[dict[str, Any]]", rows.to_dict("records"))]


def say_n(one: str, many: str, n: float, /, **values: Any) -> str:
    """Return the form of a message that goes with a number; `{n:count}` is that number.

    Args:
        one: The sentence for one.
        many: The sentence for any other number.
        n: The number.
        values: As for `say`.
    """
    return _Sentence().vformat(translated_plural(one, many, n), (), {"n": n, **values})


def message(template: str) -> str:
    """Mark a template that `say` is given later, so that it is found for the catalogue."""
    return template


def together(*sentences: str) -> str:
    """Return whole sentences as one text; the empty ones not."""
    return " ".join(filter(None, sentences))


def pairs(names: Iterable[object], texts: Iterable[object]) -> str:
    """Return what each name stands for, as an alt text tells a chart's rows: `a: 1; b: 2`."""
    return "; ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))


class _Sentence(string.Formatter):
    """Writes a field by its format's name."""

    _currency = ""

    def vformat(self, format_string: str, args: Any, kwargs: Any) -> str:
        self._currency = kwargs.get("currency", "")
        return super().vformat(format_string, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        if format_spec in {"money", "whole_money"}:
            return words.money(value, self._currency, whole=format_spec == "whole_money")
        if format_spec not in FORMATS:
            raise ValueError(f"no format '{format_spec}' for {value!r}")
        return FORMATS[format_spec](value)
