"""What goes wrong with real exports, one row each, and what must become of it.

A row says which file comes in (a CSV unless said otherwise), what the source file declares, and
either the one line with which it is refused, or how its lines are accounted for.
"""

import datetime as dt
import os

import pandas as pd
import pytest
from bad_files import DECLARATIONS, FILES, unreadable
from bad_texts import COLUMNS, TEXT
from bad_times import TIMES
from bad_values import AMOUNTS, IDS

from workbench.errors import SourceError, WorkbenchError
from workbench.sources.connecting import inspect

ALL = [*TEXT, *COLUMNS, *AMOUNTS, *IDS, *TIMES, *FILES, *DECLARATIONS]


def declare(shop, bad):
    path = shop.home / bad.file
    if callable(bad.content):
        bad.content(path)
    else:
        shop.write(bad.file, bad.content)
    options = bad.options if "path:" in bad.options else f"path: {bad.file}, {bad.options}"
    shop.declare(
        f"{bad.head}files:\n  # the file in question\n  export: {{{options.rstrip(', ')}}}\n"
        f'tables:\n  {bad.table}: "{bad.select}"\n'
    )


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.name)
def test_bad_input(shop, bad, monkeypatch):
    if bad.content is unreadable:  # root reads everything
        monkeypatch.setattr(os, "access", lambda *_given: False)
    declare(shop, bad)
    if bad.refused:
        with pytest.raises(SourceError) as refused:
            inspect("shop")
        assert str(refused.value).startswith(bad.refused)
        assert "\n" not in str(refused.value)
        assert refused.value.exit_code == 3
        return
    source = inspect("shop")
    account = source.account.iloc[0]
    found = {r["reason"]: r["lines"] for r in source.reasons.to_dict("records")}
    assert found == {f"not true that {reason}": n for reason, n in bad.reasons.items()}
    assert account["kept"] == bad.kept
    assert account["kept"] + account["quarantined"] == account["lines"]
    assert [note.partition(": ")[2] for note in source.notes] == bad.notes
    table = source.tables[bad.table].execute()
    table = table.sort_values("order_id") if "order_id" in table else table
    for name, expected in bad.rows.items():
        values = [None if pd.isna(value) else value for value in table[name]]
        assert [str(v) if isinstance(v, dt.datetime) else v for v in values] == expected
    if bad.unread:
        assert source.facts[bad.table].unread == bad.unread
    left = pd.read_parquet(source.folder / "quarantine" / f"{bad.table}.parquet")
    assert len(left) == account["quarantined"]


def test_no_two_rows_are_of_one_name():
    names = [bad.name for bad in ALL]
    assert len(set(names)) == len(names) >= 50


def test_what_is_refused_is_one_of_ours():
    assert issubclass(SourceError, WorkbenchError)
