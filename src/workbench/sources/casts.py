"""Casts to the contract's types that lose nothing: SQL for DuckDB, made from a column's type.

Each cast is a pair: the value, NULL where it cannot be had without loss, and the sentence that
did not hold then. NULL and NaN (what pandas writes for nothing) stay NULL.
"""

from __future__ import annotations

from workbench.sources.clocks import from_clock
from workbench.sources.formats import EPOCHS, ISO, SERIAL, AmountFormat
from workbench.tables import Column

TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
_KINDS = {
    "string": "text",
    "int64": "a whole number",
    "float64": "a number",
    "boolean": "true or false",
    "timestamp": "an instant that exists",
    "date": "a day",
    "money": "money without fractions of its smallest unit",
}
_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = (*_SIGNED, *(f"U{name}" for name in _SIGNED))
_FLOATING = ("FLOAT", "DOUBLE")
_NAIVE = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_EXACT = 2**53  # beyond it a floating-point number skips whole numbers
_NEAR = "1e-4"  # minor units by which a sum of floating-point amounts may miss a whole one
_WAN = 4  # figures that 万 stands for
_USUAL = AmountFormat("", "", ".", "")
_LARGEST = "1e12"  # minor units up to which floating point is that exact

_TEXT_DAY = r"\d{4}-\d{2}-\d{2}"
_TEXT_CLOCK = _TEXT_DAY + r"[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_TEXT_MIDNIGHT = r"([ T]00:00(:00(\.0+)?)?)?"
_TEXT_ZONED = _TEXT_CLOCK + r" ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
_FIRST_YEAR = 1000  # of four figures
_MORNING, _AFTERNOON = "上午|凌晨|清晨|早上", "下午|中午|傍晚|晚上"


def sentence(column: Column) -> str:
    """Return what must hold for a value of `column` to be cast."""
    return f"{column.name} is {_KINDS['money' if column.is_money else column.type]}"


def cast(
    column: Column,
    value: str,
    source: str,
    *,
    digits: int,
    zones: tuple[str, str],
    amounts: AmountFormat | None = None,
    instants: tuple[str, ...] = (),
    usual: str = "",
) -> str:
    """Return SQL that casts `value` to the type of `column`, NULL where something would be lost.

    Args:
        column: The contract's column.
        value: SQL of the raw value.
        source: Its DuckDB type.
        digits: Decimals between the raw money and minor units.
        zones: The zone of raw timestamps and the shop's.
        amounts: How text writes amounts, where it is not plain figures.
        instants: How text and numbers write instants, where it is not ISO 8601.
        usual: SQL of the engine's own cast of text to a timestamp, where that is at hand.

    Returns:
        SQL, or "" where the contract cannot have this from that type.
    """
    type_ = plain_type(source)
    if column.is_money:
        return money(value, type_, digits, amounts)
    is_told = column.type in {"timestamp", "date"} and type_ in {*_WHOLE, *_FLOATING, "VARCHAR"}
    if instants and is_told:
        return declared_instants(value, type_, column.type, instants, zones)
    if column.type == "timestamp":
        return instant(value, type_, *zones, usual)
    return _CASTS[column.type](value, type_)


def plain_type(source: str) -> str:
    """Return a DuckDB type without its parameters; a column of nothing but NULL is text."""
    return "VARCHAR" if source == '"NULL"' else source.partition("(")[0]


def present(value: str, source: str) -> str:
    """Return SQL that says whether there is a value at all."""
    if source in _FLOATING:
        return f"({value} IS NOT NULL AND NOT isnan({value}))"
    return f"({value} IS NOT NULL)"


def money(value: str, source: str, digits: int, written: AmountFormat | None = None) -> str:
    """Return SQL for exact minor units of an amount in the main unit."""
    if written is not None and source == "VARCHAR":
        marks = f"[^0-9+{written.point}-]"
        plain = f"replace(regexp_replace({value}, '{marks}', '', 'g'), '{written.point}', '.')"
        pattern = written.pattern(digits).replace("'", "''")
        large = written.ten_thousands(digits + _WAN).replace("'", "''")
        return (
            f"CASE WHEN {_is_like(value, pattern)} THEN {money(plain, source, digits)} "
            f"WHEN {_is_like(value, large)} THEN {_ten_thousands(plain, digits)} END"
        )
    if source in _WHOLE:
        return f"TRY_CAST({value}::HUGEINT * {10**digits} AS BIGINT)"
    if source in _FLOATING:
        scaled = f"({value}::DOUBLE * {10**digits})"
        near = f"abs({scaled}) < {_LARGEST} AND abs({scaled} - round({scaled})) < {_NEAR}"
        return _where(near, f"TRY_CAST(round({scaled}) AS BIGINT)")
    if source == "VARCHAR":
        decimals = rf"(\.\d{{1,{digits}}}0*)?" if digits else r"(\.0+)?"
        is_amount = _is_like(value, rf"\s*[+-]?\d+{decimals}\s*")
        # Arithmetic with 18 digits is five times as fast, and enough for nearly every amount.
        narrow = f"TRY_CAST({value} AS DECIMAL({18 - digits},{digits}))"
        wide = f"TRY_CAST({value} AS DECIMAL(30,{digits}))"
        exact = f"CAST({narrow} * {10**digits} AS BIGINT)"
        bare = f"trim({value}, ' 万元')"
        # What is written as the engine itself would write it needs no pattern.
        return (
            f"CASE WHEN {narrow}::VARCHAR = {value} THEN {exact} "
            f"WHEN {is_amount} "
            f"THEN coalesce({exact}, TRY_CAST({wide} * {10**digits} AS BIGINT)) "
            f"WHEN {_is_like(value, _USUAL.ten_thousands(digits + _WAN))} "
            f"THEN {_ten_thousands(bare, digits)} END"
        )
    if source == "DECIMAL":
        # Through text: multiplying a wide DECIMAL overflows its 38 digits.
        return money(f"{value}::VARCHAR", "VARCHAR", digits)
    return ""


def _ten_thousands(plain: str, digits: int) -> str:
    """Minor units of what stands before 万."""
    more = digits + _WAN
    return f"TRY_CAST(TRY_CAST({plain} AS DECIMAL(30,{more})) * {10**more} AS BIGINT)"


def _text(value: str, source: str) -> str:
    if source == "VARCHAR":
        return value
    if source in _FLOATING:
        return f"CAST({_whole(value)} AS VARCHAR)"
    if source == "DECIMAL":
        text = f"CAST({value} AS VARCHAR)"
        whole = _is_like(text, r"-?\d+(\.0+)?")
        return _where(whole, rf"regexp_replace({text}, '\.0+$', '')")
    if source in {*_WHOLE, "BOOLEAN", "UUID"} or source.startswith("ENUM"):
        return f"CAST({value} AS VARCHAR)"
    return ""


def _integer(value: str, source: str) -> str:
    return _whole(value) if source in _FLOATING else money(value, source, 0)


def _whole(value: str) -> str:
    is_exact = f"abs({value}) < {_EXACT} AND {value} = trunc({value})"
    return _where(is_exact, f"TRY_CAST({value} AS BIGINT)")


def _number(value: str, source: str) -> str:
    if source in {*_WHOLE, *_FLOATING, "DECIMAL"}:
        number = f"CAST({value} AS DOUBLE)"
        return _where(f"isfinite({number})", number)
    if source == "VARCHAR":
        is_number = _is_like(f"trim({value})", r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
        return _where(is_number, f"TRY_CAST(trim({value}) AS DOUBLE)")
    return ""


def _boolean(value: str, source: str) -> str:
    if source in {"BOOLEAN", "VARCHAR", *_WHOLE}:
        text = f"lower(trim({value}::VARCHAR))"
        return f"CASE WHEN {text} IN ('true', '1') THEN true WHEN {text} IN ('false', '0') THEN false END"
    return ""


def _day(value: str, source: str) -> str:
    if source == "DATE":
        return value
    if source in _NAIVE:
        return _where(f"{value} = date_trunc('day', {value})", f"CAST({value} AS DATE)")
    if source == "VARCHAR":
        is_day = _is_like(f"trim({value})", _TEXT_DAY + _TEXT_MIDNIGHT)
        return _where(is_day, f"TRY_CAST(left(trim({value}), 10) AS DATE)")
    return ""


def instant(value: str, source: str, raw_zone: str, shop_zone: str, usual: str = "") -> str:
    """Return SQL for an instant in UTC.

    Known by the day only is known at the end of that day; never earlier than it was true.
    """
    if source == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {value})"
    if source == "DATE":
        following = f"(CAST({value} AS TIMESTAMP) + INTERVAL 1 DAY)"
        return f"(timezone('UTC', timezone('{shop_zone}', {following})) - INTERVAL 1 MICROSECOND)"
    if source in _NAIVE:
        return from_clock(f"CAST({value} AS TIMESTAMP)", raw_zone)
    if source == "VARCHAR":
        text = f"trim({value})"
        day = instant(f"TRY_CAST({text} AS DATE)", "DATE", raw_zone, shop_zone)
        clock = from_clock(f"TRY_CAST({text} AS TIMESTAMP)", raw_zone)
        zoned = f"timezone('UTC', TRY_CAST({_zoned(text)} AS TIMESTAMPTZ))"
        # What is written as the engine itself would write it needs no pattern.
        usual = usual or f"TRY_CAST({value} AS TIMESTAMP)"
        return (
            f"CASE WHEN {usual}::VARCHAR = {value} THEN {from_clock(usual, raw_zone)} "
            f"WHEN {_is_like(text, _TEXT_DAY)} THEN {day} "
            f"WHEN {_is_like(text, _TEXT_CLOCK)} THEN {clock} "
            f"WHEN {_is_like(text, _TEXT_ZONED)} THEN {zoned} END"
        )
    return ""


def _zoned(text: str) -> str:
    """SQL of a text whose zone is written as the engine reads it: at the clock, with a colon."""
    utc = f"regexp_replace({text}, ' ?(Z|UTC|GMT)$', '+00')"
    close = rf"regexp_replace({utc}, ' ([+-]\d\d(:?\d\d)?)$', '\1')"
    return rf"regexp_replace({close}, '([+-]\d\d)(\d\d)$', '\1:\2')"


def clock(value: str, zone: str) -> str:
    """Return SQL for what the clock of a zone showed at an instant in UTC."""
    return value if zone == "UTC" else f"timezone('{zone}', timezone('UTC', {value}))"


def whole_day(value: str, zone: str, shop_zone: str) -> str:
    """Return SQL for an instant that is known by its day only, from a midnight of a zone's clock."""
    return instant(f"CAST({clock(value, zone)} AS DATE)", "DATE", zone, shop_zone)


def declared_instants(
    value: str, source: str, type_: str, formats: tuple[str, ...], zones: tuple[str, str]
) -> str:
    """Return SQL for an instant (or, where `type_` is date, a day) written in one of some formats."""
    tried = []
    for form in formats:
        if form in EPOCHS:
            tried.append(_epoch(value, source, EPOCHS[form]) if type_ == "timestamp" else "NULL")
        elif form == SERIAL:
            tried.append(_serial(value, source, type_, zones))
        elif source == "VARCHAR" and form == ISO:
            tried.append(_day(value, source) if type_ == "date" else instant(value, source, *zones))
        elif source == "VARCHAR":
            tried.append(_patterned(value, form, type_, zones))
    return f"coalesce({', '.join(tried)})" if tried else ""


def _epoch(value: str, source: str, decimals: int) -> str:
    """An epoch is UTC's by definition, whatever the source says of its clock."""
    text = f"trim({value}::VARCHAR)" if source == "VARCHAR" else f"{value}::DECIMAL(24,6)::VARCHAR"
    micros = f"TRY_CAST(TRY_CAST({text} AS DECIMAL(24,6)) * {10**decimals} AS BIGINT)"
    return _where(_is_like(text, r"-?\d{1,17}(\.\d{1,6})?"), f"make_timestamp({micros})")


def _serial(value: str, source: str, type_: str, zones: tuple[str, str]) -> str:
    """Days since 30 December 1899 on the clock of the raw zone, to the second."""
    text = f"trim({value}::VARCHAR)" if source == "VARCHAR" else f"{value}::DECIMAL(20,6)::VARCHAR"
    seconds = f"round(TRY_CAST({text} AS DOUBLE) * 86400)"
    at = f"(TIMESTAMP '1899-12-30' + to_seconds({seconds}))"
    at = f"CAST({at} AS DATE)" if type_ == "date" else from_clock(at, zones[0])
    return _where(_is_like(text, r"\d{4,5}(\.\d+)?"), at)


def _patterned(value: str, pattern: str, type_: str, zones: tuple[str, str]) -> str:
    literal, text = pattern.replace("'", "''"), f"trim({value})"
    if "%p" in pattern:
        text = f"regexp_replace({text}, '{_MORNING}', 'AM')"
        text = f"regexp_replace({text}, '{_AFTERNOON}', 'PM')"
    parsed = f"try_strptime({text}, '{literal}')"
    if any(f"%{letter}" in pattern for letter in "aAz"):  # asked of what is not read as it stands
        parsed = f"coalesce({parsed}, try_strptime({_by_names(text)}, '{literal}'))"
    if "%Y" in pattern:  # the engine takes a year of two figures for one of the first century
        parsed = f"CASE WHEN year({parsed}) >= {_FIRST_YEAR} THEN {parsed} END"
    is_day = not any(f"%{letter}" in pattern for letter in "HI")
    if type_ == "date":
        return f"CAST({parsed} AS DATE)" if is_day else "NULL"
    if "%z" in pattern:
        return f"timezone('UTC', {parsed})"
    if is_day:
        return instant(f"CAST({parsed} AS DATE)", "DATE", *zones)
    return from_clock(parsed, zones[0])


def _by_names(text: str) -> str:
    """SQL of a text with its zone as an offset, by which the engine reads it, and days of the week in English."""
    utc = f"regexp_replace({text}, '[(]?(GMT|UTC|Z)[)]?$', '+0000')"
    ahead = f"regexp_replace({utc}, '[(]?(?:GMT|UTC)?([+-])(\\d\\d?(:?\\d\\d)?)[)]?$', '\\1\\2')"
    two = f"regexp_replace({ahead}, '([+-])(\\d)$', '\\10\\2')"
    return f"regexp_replace({two}, '(星期|礼拜|周|週)[一二三四五六日天]', 'Monday')"


_CASTS = {
    "string": _text,
    "int64": _integer,
    "float64": _number,
    "boolean": _boolean,
    "date": _day,
}


def _where(holds: str, value: str) -> str:
    """SQL of a value, NULL where a condition does not hold."""
    return f"CASE WHEN {holds} THEN {value} END"


def _is_like(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{pattern}')"
