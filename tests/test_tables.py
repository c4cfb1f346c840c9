"""The contract: declared once, complete, and the same in its documentation."""

from pathlib import Path

import ibis
import pytest

from workbench.tables import TABLES
from workbench.tables.__main__ import document

ROOT = Path(__file__).parent.parent


def violations(table, rows):
    """Sentences of the checks that at least one of the rows does not pass; NULL is a violation."""
    contract = TABLES[table]
    frame = ibis.memtable(rows, schema={name: contract[name].type for name in rows[0]})
    return [
        check.sentence
        for check in contract.checks(tuple(rows[0]))
        if frame.filter(~check.predicate(frame).fill_null(False)).count().execute()
    ]


def test_the_thirteen_tables_of_the_contract_are_there():
    assert list(TABLES) == [
        "events",
        "orders",
        "users",
        "identities",
        "contents",
        "reviews",
        "complaints",
        "spend",
        "assignments",
        "surveys",
        "incidents",
        "labels",
        "features",
    ]


def test_the_documentation_is_what_the_declarations_say():
    assert (ROOT / "docs/tables.md").read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_keys_and_instants_are_columns_of_their_table(table):
    assert set(table.key) <= set(table.names)
    assert table.instant in ("", *table.names)
    assert len(set(table.names)) == len(table.names)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_money_is_a_whole_number_and_ids_are_text(table):
    for column in table.columns:
        assert not column.is_money or column.type == "int64"
        assert not column.name.endswith("_id") or column.type == "string"
        assert not column.name.endswith("_at") or column.type == "timestamp"


def test_a_row_that_keeps_the_contract_violates_nothing():
    order = {
        "order_id": "007",
        "ordered_at": "2026-10-01 08:00:00",
        "amount": 1250,
        "user_id": None,
    }
    assert violations("orders", [order]) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"order_id": None}, "order_id is there"),
        ({"order_id": ""}, "order_id is not empty"),
        ({"amount": None}, "amount is there"),
        ({"amount": -1}, "amount is not negative"),
        ({"ordered_at": "1970-01-01 00:00:00"}, "ordered_at lies between 1990 and tomorrow"),
        ({"ordered_at": "2999-01-01 00:00:00"}, "ordered_at lies between 1990 and tomorrow"),
        ({"status": "lost"}, "status is one of paid, cancelled, refunded"),
        ({"refunded_at": "2026-09-30 08:00:00"}, "refunded_at is not before ordered_at"),
    ],
)
def test_a_row_that_breaks_a_check_is_told_by_its_sentence(change, sentence):
    order = {
        "order_id": "007",
        "ordered_at": "2026-10-01 08:00:00",
        "amount": 1250,
        "status": "paid",
        "refunded_at": None,
    }
    assert violations("orders", [order | change]) == [sentence]


@pytest.mark.parametrize(("score", "broken"), [(-1, True), (0, False), (10, False), (11, True)])
def test_a_survey_score_lies_within_0_and_10(score, broken):
    answer = {"user_id": "a", "answered_at": "2026-10-01 08:00:00", "score": score}
    assert violations("surveys", [answer]) == (["score lies within 0 and 10"] if broken else [])


def test_a_check_on_an_absent_column_is_not_asked():
    assert "refunded_at is not before ordered_at" not in {
        check.sentence for check in TABLES["orders"].checks(("order_id", "ordered_at", "amount"))
    }
