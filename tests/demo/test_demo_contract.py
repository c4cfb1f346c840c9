"""The demo shop keeps the contract, hangs together and is the same every time."""

import subprocess
import sys
import time
from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from workbench import demo, project
from workbench.demo.__main__ import document
from workbench.errors import ParameterError
from workbench.tables import TABLES

TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
}


def test_every_table_of_the_contract_is_there_and_filled(shop):
    assert list(shop) == list(TABLES)
    assert {name for name, table in shop.items() if table.num_rows == 0} == set()


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_types_are_the_declared_ones(shop, name):
    declared = {column.name: TYPES[column.type] for column in TABLES[name].columns}
    given = dict(zip(shop[name].schema.names, shop[name].schema.types, strict=True))
    if TABLES[name].is_open:
        given = {column: type_ for column, type_ in given.items() if column in declared}
    assert given == declared


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_something_in_it(shop, name):
    table = shop[name]
    assert [c for c in table.column_names if table[c].null_count == table.num_rows] == []


def violations(table, contract):
    """The checks of the contract that lines of the table violate, with how many do."""
    lines = ibis.memtable(table)
    checks = contract.checks()
    kept = {f"check_{i}": rule.predicate(lines).sum() for i, rule in enumerate(checks)}
    counts = ibis.duckdb.connect().execute(lines.aggregate(**kept)).iloc[0].fillna(0).tolist()
    broken = {
        check.sentence: table.num_rows - count for check, count in zip(checks, counts, strict=True)
    }
    return {sentence: count for sentence, count in broken.items() if count}


@pytest.mark.parametrize("name", TABLES)
def test_no_line_violates_a_check(shop, name):
    assert violations(shop[name], TABLES[name]) == {}


def test_a_violated_check_would_be_seen(shop):
    doubtful = shop["orders"].slice(0, 5)
    column = doubtful.column_names.index("amount")
    doubtful = doubtful.set_column(
        column, "amount", pa.array([-1, None, 10**9, 10**9, 10**9], pa.int64())
    )
    assert violations(doubtful, TABLES["orders"]) == {
        "amount is there": 1,
        "amount is not negative": 1,
        "refunded_amount is not more than amount, unless that is 0": 1,
    }


def test_keys_are_unique(ask):
    doubled = {
        name: ask(
            "SELECT count(*) - count(DISTINCT ({key})) FROM {name}",
            key=", ".join(table.key),
            name=name,
        )[0][0]
        for name, table in TABLES.items()
        if table.key
    }
    assert doubled == dict.fromkeys(doubled, 0)


@pytest.mark.parametrize(
    ("column", "other"),
    [
        *((f"{table}.user_id", "users.user_id") for table in TABLES if table not in {"users", "spend", "contents", "incidents", "labels"}),
        ("users.inviter_id", "users.user_id"),
        ("orders.inviter_id", "users.user_id"),
        ("events.content_id", "contents.content_id"),
        ("orders.content_id", "contents.content_id"),
        ("events.order_id", "orders.order_id"),
        ("reviews.order_id", "orders.order_id"),
    ],
)  # fmt: skip
def test_what_a_line_refers_to_exists(ask, column, other):
    (table, name), (target, key) = column.split("."), other.split(".")
    parts = {"table": table, "name": name, "target": target, "key": key}
    lost = "SELECT count(*) FROM {table} WHERE {name} NOT IN (SELECT {key} FROM {target})"
    assert ask(lost, **parts) == [(0,)]


def test_each_order_is_one_purchase_at_the_same_instant_for_the_same_amount(ask, shop):
    matched = ask("""
        SELECT count(*), count(DISTINCT o.order_id) FROM orders o JOIN events e
          ON e.event = 'purchase' AND e.order_id = o.order_id AND e.occurred_at = o.ordered_at
         AND e.value = o.amount AND e.user_id = o.user_id AND e.platform = o.platform
         AND e.channel = o.channel AND e.content_id IS NOT DISTINCT FROM o.content_id""")
    purchases = ask("SELECT count(*), count(order_id) FROM events WHERE event = 'purchase'")
    assert matched == purchases == [(shop["orders"].num_rows, shop["orders"].num_rows)]


def test_refunds_and_reviews_come_after_their_order(ask):
    early = (
        "SELECT count(*) FROM reviews JOIN orders USING (order_id) WHERE reviewed_at <= ordered_at"
    )
    assert ask(early) == [(0,)]
    assert ask("""
        SELECT count(*) FROM orders WHERE refunded_at <= ordered_at OR refunded_amount > amount
            OR (refunded_amount > 0) <> (refunded_at IS NOT NULL)""") == [(0,)]


def test_the_steps_of_a_visit_follow_one_another_by_at_least_a_second(ask):
    assert ask("""
        WITH s AS (SELECT session_id,
            min(occurred_at) FILTER (event = 'visit') AS v,
            min(occurred_at) FILTER (event = 'view_item') AS w,
            min(occurred_at) FILTER (event = 'add_to_cart') AS c,
            min(occurred_at) FILTER (event = 'begin_checkout') AS b,
            min(occurred_at) FILTER (event = 'purchase') AS p,
            FROM events WHERE session_id IS NOT NULL GROUP BY 1)
        SELECT count(*) FROM s WHERE v IS NULL OR w < v + INTERVAL 1 SECOND
            OR c < w + INTERVAL 1 SECOND OR b < c + INTERVAL 1 SECOND OR p < b + INTERVAL 1 SECOND
            OR (c IS NOT NULL AND w IS NULL) OR (b IS NOT NULL AND c IS NULL)
            OR (p IS NOT NULL AND b IS NULL)""") == [(0,)]


def test_nobody_acts_on_a_platform_without_an_account_there(ask):
    assert ask("""
        SELECT count(*) FROM events
        WHERE (user_id, platform) NOT IN (SELECT user_id, platform FROM identities)""") == [(0,)]


def test_the_data_span_52_weeks_and_end_late_on_the_last_sunday(ask):
    (first, last), *_ = ask("SELECT min(occurred_at), max(occurred_at) FROM events")
    assert datetime(2025, 10, 5, 16) <= first < datetime(2025, 10, 6, 4)
    assert datetime(2026, 10, 4, 15) <= last < datetime(2026, 10, 4, 16)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if column.type == "timestamp" and table.name != "incidents"
    ],
)
def test_nothing_is_known_that_happens_after_the_end(ask, table, column):
    late = "SELECT count(*) FROM {table} WHERE {column} >= TIMESTAMP '2026-10-04 16:00'"
    assert ask(late, table=table, column=column) == [(0,)]


def test_the_funnel_is_one_that_a_shop_would_have(ask):
    (visit, view, cart, begin, buy), *_ = ask("""
        SELECT count(DISTINCT session_id) FILTER (event = 'visit'),
            count(DISTINCT session_id) FILTER (event = 'view_item'),
            count(DISTINCT session_id) FILTER (event = 'add_to_cart'),
            count(DISTINCT session_id) FILTER (event = 'begin_checkout'),
            count(DISTINCT session_id) FILTER (event = 'purchase') FROM events""")
    assert 0.57 < view / visit < 0.64
    assert 0.23 < cart / visit < 0.29
    assert 0.50 < begin / cart < 0.62
    assert 0.70 < buy / begin < 0.80


def test_the_same_seed_gives_the_same_shop_and_another_one_another():
    first, again, other = (demo.tables(seed=seed, users=800, weeks=20) for seed in (7, 7, 8))
    assert all(first[name].equals(again[name]) for name in TABLES)
    assert not first["events"].equals(other["events"])


def test_the_default_shop_takes_less_than_five_seconds_of_cpu():
    before = time.process_time()
    demo.tables()
    assert time.process_time() - before < 5


def test_as_many_events_come_as_are_asked_for_within_eight_per_cent():
    for weeks in (12, 52):
        count = demo.tables(events=300_000, weeks=weeks)["events"].num_rows
        assert 276_000 < count < 324_000


def test_a_tiny_shop_keeps_the_contract_too():
    tiny = demo.tables(users=100, weeks=4)
    assert tiny["users"].num_rows == 100
    assert [name for name in TABLES if violations(tiny[name], TABLES[name])] == []


def test_an_impossible_shop_is_refused_in_one_line():
    with pytest.raises(ParameterError, match=r"^weeks == 3, must be in 4\.\.104$"):
        demo.tables(weeks=3)
    with pytest.raises(ParameterError, match=r"^users == 99, the demo shop has at least 100$"):
        demo.tables(users=99)


def test_its_constants_and_truth_load_nothing_heavy():
    code = (
        "import sys; from workbench import demo; demo.truth(); demo.STEPS; "
        "print(sorted({'numpy', 'pandas', 'pyarrow', 'ibis', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_page_about_it_is_the_one_its_truth_makes():
    assert (project.root() / "docs" / "demo.md").read_text(encoding="utf-8") == document()
