"""Casts to the contract's types lose nothing, or the line is set aside."""

import datetime as dt
import functools
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.sources import casts
from workbench.sources.clocks import from_clock
from workbench.tables import TABLES

MONEY = TABLES["orders"]["amount"]
TEXT = TABLES["orders"]["user_id"]
WHOLE = TABLES["orders"]["quantity"]
INSTANT = TABLES["orders"]["ordered_at"]
DAY = TABLES["spend"]["day"]
TRUTH = TABLES["labels"]["is_bad"]
NUMBER = TABLES["events"]["duration_seconds"]


@functools.cache
def engine():
    """One for all: to open it takes longer than what is asked."""
    opened = duckdb.connect()
    opened.execute("SET TimeZone = 'UTC'")
    return opened


def cast(column, literal, *, digits=2, raw="Europe/London", shop="Europe/London"):
    type_ = engine().execute(f"SELECT typeof({literal})").fetchall()[0][0]
    sql = casts.cast(column, "v", type_, digits=digits, zones=(raw, shop))
    assert sql, f"{type_} cannot be {column.type}"
    query = f"SELECT {sql} FROM (SELECT {literal} AS v)"  # noqa: S608 - a test's own literals
    return engine().execute(query).fetchall()[0][0]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("17850.0::DOUBLE", "17850"),
        ("17850.5::DOUBLE", None),
        ("9007199254740994::DOUBLE", None),  # beyond 2^53 a double skips ids
        ("9007199254740993::BIGINT", "9007199254740993"),
        ("18446744073709551615::UBIGINT", "18446744073709551615"),
        ("12.00::DECIMAL(9,2)", "12"),
        ("12.50::DECIMAL(9,2)", None),
        ("'00123'", "00123"),
        ("'NA'", "NA"),
        ("'nan'::DOUBLE", None),
        ("NULL", None),
    ],
)
def test_an_id_becomes_the_text_it_was(literal, expected):
    assert cast(TEXT, literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("0.1::DOUBLE + 0.2::DOUBLE", 30),
        ("15.3::DOUBLE * 3", 4590),
        ("0.125::DOUBLE", None),
        ("1e15::DOUBLE", None),  # cents are no longer exact there
        ("'inf'::DOUBLE", None),
        ("12.34::DECIMAL(9,2)", 1234),
        ("12.345::DECIMAL(9,3)", None),
        ("7::INTEGER", 700),
        ("99999999999999999::BIGINT", None),
        ("'12.3'", 1230),
        ("' 12.300 '", 1230),
        ("'-0.05'", -5),
        ("'-0.00'", 0),
        ("'+5.00'", 500),
        ("'.50'", None),
        ("'1_000.00'", None),
        ("'99999999999999.99'", 9999999999999999),
        ("'9999999999999999.99'", 999999999999999999),
        ("'92233720368547758.07'", 2**63 - 1),
        ("'92233720368547758.08'", None),
        ("'12.345'", None),
        ("'1,234.50'", None),
        ("'￥5'", None),
        ("'1e3'", None),
        ("''", None),
    ],
)
def test_money_is_exact_in_minor_units_or_nothing(literal, expected):
    assert cast(MONEY, literal) == expected


@settings(max_examples=200)
@given(
    text=st.one_of(
        st.decimals(-(10**19), 10**19, places=2).map(str),
        st.decimals(-1000, 1000, places=4).map(str),
        st.integers(-1000, 1000).map(str),
        st.from_regex(r"[ +-]{0,2}[0-9_]{0,3}[.,]?[0-9e]{0,4} ?", fullmatch=True),
    ),
    digits=st.sampled_from([0, 2, 3]),
)
def test_an_amount_in_any_writing_is_what_python_makes_of_it(text, digits):
    expected = None
    if re.fullmatch(r" *[+-]?[0-9]+(\.[0-9]+)? *", text):
        scaled = Decimal(text.strip()).scaleb(digits)
        whole = scaled == int(scaled) and -(2**63) <= scaled < 2**63
        expected = int(scaled) if whole else None
    assert cast(MONEY, f"'{text}'", digits=digits) == expected


def test_money_has_the_decimals_of_its_currency():
    assert cast(MONEY, "'1200'", digits=0) == 1200
    assert cast(MONEY, "'1200.5'", digits=0) is None
    assert cast(MONEY, "'1.234'", digits=3) == 1234


@pytest.mark.parametrize(
    ("column", "literal", "expected"),
    [
        (WHOLE, "'3'", 3),
        (WHOLE, "'3.0'", 3),
        (WHOLE, "'3.5'", None),
        (WHOLE, "3.0::DOUBLE", 3),
        (WHOLE, "3.5::DOUBLE", None),
        (NUMBER, "'3.5'", 3.5),
        (NUMBER, "'1e3'", 1000.0),
        (NUMBER, "'nan'", None),
        (NUMBER, "'inf'::DOUBLE", None),
        (NUMBER, "'0x10'", None),
        (TRUTH, "'True'", True),
        (TRUTH, "'0'", False),
        (TRUTH, "1", True),
        (TRUTH, "2", None),
        (TRUTH, "'maybe'", None),
        (DAY, "'2026-01-05'", dt.date(2026, 1, 5)),
        (DAY, "'05/01/2026'", None),
        (DAY, "'2026-02-30'", None),
        (DAY, "TIMESTAMP '2026-01-05 00:00'", dt.date(2026, 1, 5)),
        (DAY, "TIMESTAMP '2026-01-05 10:00'", None),
    ],
)
def test_other_values_are_read_strictly(column, literal, expected):
    assert cast(column, literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("TIMESTAMP '2011-01-15 12:00'", "2011-01-15 12:00:00"),
        ("TIMESTAMP '2011-07-15 12:00'", "2011-07-15 11:00:00"),
        ("TIMESTAMP '2011-03-27 00:59:59'", "2011-03-27 00:59:59"),
        ("TIMESTAMP '2011-03-27 01:30'", None),  # the clock went from 1 to 2: it never was
        ("TIMESTAMP '2011-03-27 02:00'", "2011-03-27 01:00:00"),
        ("TIMESTAMP '2011-10-30 00:30'", "2011-10-29 23:30:00"),
        ("TIMESTAMP '2011-10-30 01:30'", "2011-10-30 01:30:00"),  # shown twice: the second
        ("TIMESTAMP_NS '2011-07-15 12:00:00'", "2011-07-15 11:00:00"),
        ("TIMESTAMPTZ '2011-07-15 12:00:00+08'", "2011-07-15 04:00:00"),
        ("'2011-07-15 12:00'", "2011-07-15 11:00:00"),
        ("'2011-07-15T12:00:00.250'", "2011-07-15 11:00:00.250000"),
        ("'2011-07-15T12:00:00Z'", "2011-07-15 12:00:00"),
        ("'2011-07-15 12:00:00+08:00'", "2011-07-15 04:00:00"),
        ("TIMESTAMP '2011-07-15 12:00:00.000001'", "2011-07-15 11:00:00.000001"),
        ("'15.07.2011 12:00'", None),
        ("'2011-13-01 12:00'", None),
        ("'1310731200'", None),
        ("''", None),
    ],
)
def test_an_instant_is_read_by_the_source_clock_and_held_in_utc(literal, expected):
    found = cast(INSTANT, literal)
    assert (None if found is None else str(found)) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("TIMESTAMP '1991-04-14 01:59:59'", "1991-04-13 17:59:59"),
        ("TIMESTAMP '1991-04-14 02:30'", None),  # summer time began at 2
        ("TIMESTAMP '1991-04-14 03:00'", "1991-04-13 18:00:00"),
        ("TIMESTAMP '1991-09-15 01:30'", "1991-09-14 17:30:00"),  # shown twice: the second
        ("TIMESTAMP '2026-01-05 10:00'", "2026-01-05 02:00:00"),
    ],
)
def test_a_clock_that_changed_a_few_times_is_read_without_asking_the_engine(literal, expected):
    assert "timezone" not in from_clock("v", "Asia/Shanghai")
    found = cast(INSTANT, literal, raw="Asia/Shanghai")
    assert (None if found is None else str(found)) == expected


@settings(max_examples=60)
@given(
    local=st.datetimes(dt.datetime(1990, 1, 2), dt.datetime(2026, 1, 1)),
    zone=st.sampled_from(
        ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Sydney"]
    ),
)
def test_every_time_a_clock_showed_once_is_the_instant_that_python_says(local, zone):
    there = local.replace(tzinfo=ZoneInfo(zone))
    assume(there.utcoffset() == there.replace(fold=1).utcoffset())
    expected = there.astimezone(dt.UTC).replace(tzinfo=None)
    assert cast(INSTANT, f"TIMESTAMP '{local}'", raw=zone) == expected


@pytest.mark.parametrize(
    ("literal", "zone", "expected"),
    [
        ("DATE '2017-07-04'", "America/New_York", "2017-07-05 03:59:59.999999"),
        ("DATE '2017-12-31'", "America/New_York", "2018-01-01 04:59:59.999999"),
        ("'2017-12-31'", "America/New_York", "2018-01-01 04:59:59.999999"),
        ("DATE '2026-10-04'", "Asia/Shanghai", "2026-10-04 15:59:59.999999"),
        ("DATE '2011-03-27'", "Europe/London", "2011-03-27 22:59:59.999999"),  # a day of 23 hours
        ("DATE '2026-01-05'", "UTC", "2026-01-05 23:59:59.999999"),
    ],
)
def test_what_is_known_by_the_day_counts_at_the_end_of_the_shops_day(literal, zone, expected):
    assert str(cast(INSTANT, literal, raw="UTC", shop=zone)) == expected


def test_a_parquet_file_of_pandas_with_ids_as_floats_comes_in_whole(shop):
    table = pa.table(
        {
            "no": pa.array([1.0, 2.0]),
            "at": pa.array([dt.datetime(2011, 7, 15, 12), dt.datetime(2011, 7, 15, 13)]),
            "paid": pa.array([Decimal("1.10"), Decimal("2.20")]),
            "who": pa.array([float("nan"), 17850.0]),
            "spent": pa.array([[1], [2]]),
        }
    )
    pq.write_table(table, shop.home / "export.parquet")
    head = "time_zone: Europe/London\nfiles: {export: export.parquet}\ntables:\n"
    select = "  orders: SELECT no AS order_id, at AS ordered_at, paid AS amount, who AS user_id{} FROM export\n"
    shop.declare(head + select.format(""))
    rows = shop.connect().orders.order_by("order_id").execute()
    assert rows["order_id"].tolist() == ["1", "2"]
    assert rows["ordered_at"].astype(str).tolist() == ["2011-07-15 11:00:00", "2011-07-15 12:00:00"]
    assert rows["amount"].tolist() == [110, 220]
    assert rows["user_id"].isna().tolist() == [True, False]
    assert rows["user_id"][1] == "17850"
    shop.declare(head + select.format(", spent AS quantity"))
    with pytest.raises(
        SourceError, match=r"quantity is BIGINT\[\], must be int64: cast it in the SELECT"
    ):
        shop.connect()


DAYS = [f"2026-03-{day:02d}" for day in range(1, 13)]


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("{} 00:00:00", "Asia/Shanghai", "2026-03-01 15:59:59.999999"),
        ("{}T00:00:00Z", "Asia/Shanghai", "2026-03-01 15:59:59.999999"),
        ("{}", "Asia/Shanghai", "2026-03-01 15:59:59.999999"),
        ("{} 00:00", "UTC", "2026-03-01 23:59:59.999999"),
    ],
)
def test_instants_that_are_all_midnights_are_known_by_their_day(shop, written, zone, expected):
    lines = [f"c{n},{written.format(day)},{day} 15:00" for n, day in enumerate(DAYS)]
    shop.write("export.csv", "\n".join(["id,opened,solved", *lines, ""]))
    select = "SELECT id AS complaint_id, opened AS opened_at, solved AS resolved_at FROM export"
    files = "files: {export: export.csv}"
    shop.declare(f"time_zone: {zone}\n{files}\ntables:\n  complaints: {select}\n")
    opened = shop.connect()
    found = opened.complaints.to_pyarrow().to_pandas()
    assert str(found["opened_at"].min()) == expected
    assert found["resolved_at"].max().hour == (7 if zone == "Asia/Shanghai" else 15)
    # Settled on its own day, no complaint is settled before it came in.
    assert opened.account["kept"].tolist() == [len(DAYS)]


def test_one_time_among_midnights_leaves_them_what_they_are(shop):
    lines = [f"o{n},{day} 00:00,1" for n, day in enumerate(DAYS)] + ["x,2026-03-13 09:00,1"]
    opened = shop.orders(
        "\n".join(["no,at,paid", *lines, ""]),
        "    SELECT no AS order_id, at AS ordered_at, paid AS amount FROM export\n",
        head="time_zone: UTC\ncurrency: GBP\n",
    )
    assert opened.since == dt.datetime(2026, 3, 1)
    assert opened.notes == ()


def test_a_day_may_be_written_with_its_midnight():
    assert cast(DAY, "'2026-03-01 00:00:00'") == dt.date(2026, 3, 1)
    assert cast(DAY, "'2026-03-01 00:01'") is None
