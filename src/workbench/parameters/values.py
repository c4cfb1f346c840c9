"""Turn what is given for a parameter into a value of its type, or refuse it in one line."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from workbench.errors import ParameterError, unknown
from workbench.parameters.parameter import TYPES, WEEK, Parameter, Value
from workbench.periods import Week

_LONGEST_SHOWN = 60
_WHOLE = re.compile(r"[+-]?\d{1,18}", flags=re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d{1,18}\.?|\d{0,18}\.\d{1,18})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SECRET = re.compile(
    r"passw|passphrase|secret|credential|(api|access|private)_?key|(?<![a-z])(pwd|token|dsn)(?![a-z])",
    re.IGNORECASE,
)
_ISO_WEEK = re.compile(r"\d{4}-W\d{2}", flags=re.ASCII)


def pairs(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return pairs of a name and a text as a mapping.

    Raises:
        ParameterError: If a name comes twice.
    """
    found: dict[str, str] = {}
    for name, text in given:
        if name in found:
            raise ParameterError(f"parameter {_shown(name)} is given twice")
        found[name] = text
    return found


def check(
    parameters: Iterable[Parameter], given: Mapping[str, object], *, today: date | None = None
) -> dict[str, Value]:
    """Return the given values in their declared types, in the order given.

    Args:
        parameters: What the notebook declares.
        given: Texts from a command line or an address, or values of the declared type.
        today: The day beyond whose week nothing is known; by default today's, where it is latest.

    Raises:
        ParameterError: If a name is unknown or like a secret's, or a value of the wrong type or impossible.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        refuse_secret(name)
        if name not in known:
            raise ParameterError(unknown("parameter", _cut(name), known))
    return {name: checked(known[name], value, today) for name, value in given.items()}


def written(value: Value) -> str:
    """Return a value as one writes it on a command line; of the empty one a dash is seen."""
    if isinstance(value, bool):
        return str(value).lower()
    return (",".join(value) if isinstance(value, list) else str(value)) or "–"


def refuse_secret(name: str) -> None:
    """Refuse a parameter that is named like a secret: its value would stand in every page.

    Raises:
        ParameterError: If it is.
    """
    if _SECRET.search(name):
        raise ParameterError(
            f"parameter {_shown(name)} is named like a secret, which belongs in a ${{VARIABLE}} of a "
            "file in parameters/sources"
        )


def checked(parameter: Parameter, value: object, today: date | None = None) -> Value:
    """Return one value in its declared type.

    Raises:
        ParameterError: If it is of the wrong type, or impossible.
    """
    converted = _converted(parameter, value)
    if parameter.bounds is not None and isinstance(converted, int | float):
        low, high = parameter.bounds
        if not low <= converted <= high:
            raise ParameterError(f"{parameter.name} == {converted}, must be in {low}..{high}")
    for text in converted if isinstance(converted, list) else [converted]:
        if isinstance(text, str):
            _check_text(parameter, text, today)
    return converted


def _converted(parameter: Parameter, value: object) -> Value:
    """`value` in the declared type: as it is, or read from a text."""
    if isinstance(value, str) and parameter.type != "str":
        found = _from_text(parameter.type, value.strip())
    else:
        found = _as_it_is(parameter.type, value)
    if found is None:
        must = TYPES[parameter.type]
        if parameter.bounds is not None:
            must += " in {}..{}".format(*parameter.bounds)
        raise ParameterError(f"{parameter.name} == {_shown(value)}, must be {must}")
    return found


def _as_it_is(type_: str, value: object) -> Value | None:
    """The value, where it is of that type already, or None."""
    match value:
        case bool():
            return value if type_ == "bool" else None
        case str():
            return value if type_ == "str" else None
        case int() | float() if type_ == "float":
            return float(value) if abs(value) <= sys.float_info.max else None
        case int():
            return value if type_ == "int" else None
        case list() if all(isinstance(item, str) for item in value):
            return list(value) if type_ == "list[str]" else None
    return None


def _from_text(type_: str, text: str) -> Value | None:
    """The value that `text` writes, or None."""
    if type_ == "bool":
        return {"true": True, "false": False}.get(text.lower())
    if type_ == "int":
        return int(text) if _WHOLE.fullmatch(text) else None
    if type_ == "float":
        return _as_it_is("float", float(text)) if _DECIMAL.fullmatch(text) else None
    return _list(text)


def _list(text: str) -> list[str] | None:
    if not text.startswith("["):
        items = [item.strip() for item in text.split(",")] if text else []
        return items if all(items) else None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(item, str) for item in found) else None


def _check_text(parameter: Parameter, word: str, today: date | None) -> None:
    given = f"{parameter.name} == {_shown(word)}"
    if any("\ud800" <= char <= "\udfff" for char in word):  # half of a character: no text
        raise ParameterError(f"{given}, must be valid UTF-8")
    others = [other for other in parameter.words if other != WEEK]
    if not parameter.words or word in others:
        return
    if parameter.is_week and _ISO_WEEK.fullmatch(word):
        _check_week(parameter.name, word, today)
        return
    near = difflib.get_close_matches(word, others, n=1, cutoff=0.6)
    if near:
        raise ParameterError(f"{given}, did you mean '{near[0]}'?")
    either = ["look like 2026-W40"] if parameter.is_week else []
    if others:
        alone = len(others) == 1
        either.append(f"be '{others[0]}'" if alone else f"be one of: {', '.join(others)}")
    raise ParameterError(f"{given}, must {' or '.join(either)}")


def _check_week(name: str, text: str, today: date | None) -> None:
    try:
        week = Week.parse(text)
    except ParameterError as error:
        raise ParameterError(str(error).replace("week ==", f"{name} ==", 1)) from None
    except ValueError:
        raise ParameterError(f"{name} == '{text}', but there is no such year") from None
    # A shop's new week begins up to 14 hours before it does in UTC.
    current = Week.of(today or (datetime.now(UTC) + timedelta(hours=14)).date())
    if week > current:
        raise ParameterError(f"{name} == '{text}' is in the future, must be {current} or before")


def _cut(text: str) -> str:
    """The text as one line of bounded length, fit for a terminal."""
    line = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"


def _shown(value: object) -> str:
    return f"'{_cut(value)}'" if isinstance(value, str) else _cut(repr(value))
