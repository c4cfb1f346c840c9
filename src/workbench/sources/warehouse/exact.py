"""Casts to the contract's types that lose nothing, as Ibis expressions for any warehouse.

A warehouse has types, so only those are taken of which a value can be had whole; anything else is
for the SELECT to cast. What a type allows and a value does not (half a cent, an hour that the
clock skipped) becomes NULL, and its line is set aside.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.tables import Column

INSTANT = dt.Timestamp(scale=6)
TYPES: dict[str, dt.DataType] = {
    "string": dt.string,
    "int64": dt.int64,
    "float64": dt.float64,
    "boolean": dt.boolean,
    "timestamp": INSTANT,
    "date": dt.date,
}
ALLOWED = {
    "string": "text, a UUID or a whole number",
    "int64": "a number",
    "float64": "a number",
    "boolean": "a boolean",
    "timestamp": "a timestamp or a date",
    "date": "a date",
}
_FITS = 9e18  # what 64 bits surely hold
_LARGEST = 1e12  # minor units up to which floating point tells a whole one
_NEAR = 1e-4  # by which a sum of floating-point amounts may miss it
_CLOCK = "timezone"


def _to_clock(zone: str, instant: Any) -> Any: ...  # the engine's own function


def _to_instant(zone: str, clock: Any) -> Any: ...  # as above


_clock = ibis.udf.scalar.builtin(
    _to_clock, name=_CLOCK, signature=((dt.string, dt.Timestamp(timezone="UTC")), INSTANT)
)
_instant = ibis.udf.scalar.builtin(
    _to_instant, name=_CLOCK, signature=((dt.string, INSTANT), dt.Timestamp(timezone="UTC"))
)


def present(value: ir.Value) -> ir.BooleanValue:
    """Return whether there is a value at all; NaN is none."""
    there = value.notnull()
    return there & ~value.isnan() if value.type().is_floating() else there


def cast(
    column: Column, value: ir.Value, digits: int, zones: tuple[str, str], *, has_clock: bool
) -> ir.Value | None:
    """Return `value` in the type of `column`, NULL where something would be lost.

    Args:
        column: The contract's column.
        value: What the SELECT gives.
        digits: Decimals between the warehouse's money and minor units.
        zones: The zone of timestamps without one, and the shop's.
        has_clock: Whether the engine can tell what a zone's clock shows.

    Returns:
        An expression; None where the contract cannot have this from that type.
    """
    type_ = value.type()
    if column.type == "timestamp":
        return _timestamp(value, zones, has_clock=has_clock)
    if column.type == "int64":
        return _units(value, digits if column.is_money else 0, has_floats=column.is_money)
    if column.type == "float64":
        number = value.cast("float64")
        finite = ~(number.isinf() | number.isnan())
        return finite.ifelse(number, ibis.null("float64")) if type_.is_numeric() else None
    if column.type == "string":
        is_whole = type_.is_integer() or (type_.is_decimal() and type_.scale == 0)
        is_text = type_.is_string() or type_.is_uuid() or is_whole
        return value.cast("string") if is_text else None
    is_it = {"boolean": type_.is_boolean, "date": type_.is_date}[column.type]
    return value if is_it() else None


def _units(value: ir.Value, digits: int, *, has_floats: bool) -> ir.Value | None:
    """An exact count of the smallest units in a number of whole ones."""
    type_ = value.type()
    if type_.is_floating() and has_floats:
        scaled = value.cast("float64") * 10**digits
        safe = (scaled.abs() < _LARGEST).ifelse(scaled, ibis.null("float64"))
        near = (safe - safe.round()).abs() < _NEAR
        return near.ifelse(safe.round().cast("int64"), ibis.null("int64"))
    if not (type_.is_integer() or type_.is_decimal()):
        return None
    fits = value.cast("float64").abs() < _FITS / 10**digits
    safe = fits.ifelse(value, ibis.null(type_))
    if type_.is_integer():
        return safe.cast("int64") * 10**digits
    if type_.scale is None:
        # Ibis rounds no decimal of unknown precision; this one has room for all that fits.
        safe = safe.cast(dt.Decimal(38, 18))
    units = (safe.cast(dt.Decimal(38, digits)) * 10**digits).cast("int64")
    return (safe.round(digits) == safe).ifelse(units, ibis.null("int64"))


def _timestamp(value: ir.Value, zones: tuple[str, str], *, has_clock: bool) -> ir.Value | None:
    """An instant in UTC; what is known by the day only is known at the end of that day."""
    type_ = value.type()
    if type_.is_timestamp() and type_.timezone is None:
        return _from_clock(value.cast(INSTANT), zones[0], has_clock=has_clock)
    if type_.is_timestamp() and has_clock:
        return _clock("UTC", value)
    if type_.is_date() and (has_clock or zones[1] == "UTC"):
        midnight = value.cast(INSTANT) + ibis.interval(days=1)
        following = midnight if zones[1] == "UTC" else _clock("UTC", _instant(zones[1], midnight))
        return following - ibis.interval(microseconds=1)
    return None


def _from_clock(value: ir.Value, zone: str, *, has_clock: bool) -> ir.Value | None:
    """The instant at which the clock of a zone showed a value; NULL for an hour that it skipped."""
    if zone == "UTC":
        return value
    if not has_clock:
        return None
    instant = _instant(zone, value)
    return (_clock(zone, instant) == value).ifelse(_clock("UTC", instant), ibis.null(INSTANT))
