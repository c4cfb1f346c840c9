"""Unchanged files are imported once; what is in the cache is whole."""

import os
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench import sources
from workbench.errors import SourceError
from workbench.sources import folders, importing

CSV = "no,paid_at,amount\n1,2026-01-05 10:00,1\n2,2026-02-05 10:00,2\n"
ENTRY = "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"


def forbid(*_arguments):
    raise AssertionError("imported again")


def test_a_second_connect_imports_nothing(shop, monkeypatch):
    first = shop.orders(CSV, ENTRY)
    monkeypatch.setattr(importing, "run", forbid)
    second = shop.connect()
    assert second.fingerprint == first.fingerprint
    assert second.orders.amount.sum().execute() == 300
    assert second.account.equals(first.account)


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: shop.write("export.csv", CSV.replace("05 10:00,2", "05 10:00,3")),
        lambda shop: shop.declare(
            (shop.home / "parameters/sources/shop.yaml").read_text().replace("GBP", "USD")
        ),
    ],
)
def test_a_changed_file_or_declaration_is_imported_again(shop, change):
    first = shop.orders(CSV, ENTRY)
    change(shop)
    assert shop.connect().fingerprint != first.fingerprint


def test_months_lay_out_the_files_and_are_no_column(shop):
    source = shop.orders(CSV, ENTRY)
    assert sorted(path.name for path in (source.folder / "orders").iterdir()) == [
        "month=2026-01",
        "month=2026-02",
    ]
    assert source.orders.columns == ("order_id", "ordered_at", "amount")
    january = next((source.folder / "orders" / "month=2026-01").glob("*.parquet"))
    assert pq.read_table(january).column_names == ["order_id", "ordered_at", "amount"]


def test_a_failed_import_leaves_nothing_behind(shop):
    with pytest.raises(SourceError):
        shop.orders(CSV, ENTRY.replace("amount", "price"))
    cache = shop.home.parent / "cache" / "shop"
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("damage", ["manifest.json", "orders/month=2026-01/data_0.parquet"])
def test_a_cache_with_a_file_missing_is_made_anew(shop, damage):
    source = shop.orders(CSV, ENTRY)
    (source.folder / damage).unlink()
    again = shop.connect()
    assert again.orders.amount.sum().execute() == 300
    assert (source.folder / damage).is_file()


def test_a_cached_file_cut_short_is_made_anew(shop):
    source = shop.orders(CSV, ENTRY)
    path = source.folder / "orders" / "month=2026-01" / "data_0.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    assert shop.connect().orders.amount.sum().execute() == 300


@pytest.mark.parametrize(
    "table", ["orders/month=2026-01/data_0.parquet", "quarantine/orders.parquet"]
)
def test_a_flipped_bit_in_a_cached_file_is_noticed_whatever_its_time_of_change(shop, table):
    source = shop.orders(CSV, ENTRY)
    path = source.folder / table
    before, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert shop.connect().orders.amount.sum().execute() == 300
    assert bytearray(path.read_bytes()) != content


def test_a_figure_changed_in_the_manifest_is_noticed(shop):
    source = shop.orders(CSV, ENTRY)
    path = source.folder / "manifest.json"
    path.write_text(path.read_text().replace('"lines": 2', '"lines": 3'))
    assert shop.connect().account["lines"].tolist() == [2]


def test_every_page_of_a_cached_table_has_a_checksum(shop):
    source = shop.orders(CSV, ENTRY)
    path = source.folder / "orders" / "month=2026-01" / "data_0.parquet"
    content = bytearray(path.read_bytes())
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    content[chunk.data_page_offset + chunk.total_compressed_size - 3] ^= 4
    with pytest.raises(OSError, match="CRC checksum"):
        pq.ParquetFile(pa.BufferReader(bytes(content)), page_checksum_verification=True).read()


def test_what_an_older_file_became_is_cleared_once_nobody_has_opened_it_for_days(shop):
    old = shop.orders(CSV, ENTRY).folder
    recent = shop.orders(CSV.replace("05 10:00,1", "05 10:00,7"), ENTRY).folder
    then = time.time() - 3 * 24 * 3600
    os.utime(old, (then, then))
    newest = shop.orders(CSV.replace("05 10:00,1", "05 10:00,8"), ENTRY).folder
    assert {path.name for path in old.parent.iterdir()} == {recent.name, newest.name}


def test_two_processes_that_import_at_once_leave_one_whole_import(shop):
    shop.write("export.csv", CSV)
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv}\ntables:\n"
        "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
    )
    code = "from workbench.sources import connect; print(connect('shop').orders.amount.sum().execute())"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ.copy()
        )
        for _ in range(3)
    ]
    assert [process.communicate()[0].split() for process in running] == [[b"300"]] * 3
    left = list((shop.home.parent / "cache" / "shop").iterdir())
    assert [path.name for path in left] == [shop.connect().fingerprint]


def test_the_loser_of_a_race_uses_what_the_winner_made(shop, monkeypatch):
    shop.write("export.csv", CSV)
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv}\ntables:\n"
        "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
    )
    run = importing.run

    def overtaken(*arguments):
        monkeypatch.setattr(importing, "run", run)
        sources.connect("shop")
        return run(*arguments)

    monkeypatch.setattr(importing, "run", overtaken)
    assert shop.connect().orders.amount.sum().execute() == 300
    assert len(list((shop.home.parent / "cache" / "shop").iterdir())) == 1


def test_a_file_that_changes_while_it_is_read_is_refused(shop, monkeypatch):
    run = importing.run

    def overwritten(*arguments):
        manifest = run(*arguments)
        shop.write("export.csv", CSV + "3,2026-03-05 10:00,3\n")
        return manifest

    monkeypatch.setattr(importing, "run", overwritten)
    with pytest.raises(SourceError, match="shop: a file was changed while it was read: try again"):
        shop.orders(CSV, ENTRY)


def test_what_a_killed_import_left_is_swept_away_after_days(shop):
    cache = shop.home.parent / "cache" / "shop"
    for name, age in (("old", 3 * 24 * 3600), ("new", 60)):
        (cache / f".import-{name}").mkdir(parents=True)
        then = time.time() - age
        os.utime(cache / f".import-{name}", (then, then))
    source = shop.orders(CSV, ENTRY)
    assert {path.name for path in cache.iterdir()} == {".import-new", source.fingerprint}


def test_a_cache_that_cannot_be_written_is_said_in_one_line(shop, monkeypatch):
    shop.write("taken", "a file")
    monkeypatch.setenv("WORKBENCH_CACHE", str(shop.home / "taken"))
    with pytest.raises(SourceError, match=r"^the cache '.*taken/shop' cannot be written: "):
        shop.orders(CSV, ENTRY)


def alike(path, content):
    """Put another file of the same size and time in a file's place, as a restored backup does."""
    before, other = path.stat(), path.with_name("other")
    other.write_text(content, encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert other.stat().st_size == before.st_size
    other.replace(path)


@pytest.mark.parametrize("and_back", [False, True])
def test_a_file_replaced_between_hash_and_read_is_refused_and_never_taken_for_the_other(
    shop, monkeypatch, and_back
):
    other, run = CSV.replace("10:00,1", "10:00,9"), importing.run

    def replaced(*arguments):
        monkeypatch.setattr(importing, "run", run)
        alike(shop.home / "export.csv", other)
        manifest = run(*arguments)
        if and_back:
            alike(shop.home / "export.csv", CSV)
        return manifest

    monkeypatch.setattr(importing, "run", replaced)
    with pytest.raises(SourceError, match="shop: a file was changed while it was read: try again"):
        shop.orders(CSV, ENTRY)
    assert shop.connect().orders.amount.sum().execute() == (300 if and_back else 1100)
    shop.write("export.csv", CSV)
    assert shop.connect().orders.amount.sum().execute() == 300


def test_the_hash_is_of_what_was_read_even_where_a_file_system_tells_nothing(shop, monkeypatch):
    run = importing.run

    def replaced(*arguments):
        alike(shop.home / "export.csv", CSV.replace("10:00,1", "10:00,9"))
        return run(*arguments)

    monkeypatch.setattr(importing, "run", replaced)
    monkeypatch.setattr(importing, "_stamps", lambda _source: [])
    with pytest.raises(SourceError, match="shop: a file was changed while it was read: try again"):
        shop.orders(CSV, ENTRY)


def test_a_file_that_is_gone_while_it_is_read_is_one_line(shop, monkeypatch):
    run = importing.run

    def removed(*arguments):
        manifest = run(*arguments)
        (shop.home / "export.csv").unlink()
        return manifest

    monkeypatch.setattr(importing, "run", removed)
    with pytest.raises(SourceError, match="shop: a file was changed while it was read: try again"):
        shop.orders(CSV, ENTRY)


def test_columns_that_a_folders_file_gets_between_two_looks_are_not_lost_for_ever(
    shop, monkeypatch
):
    folder, declare = shop.home / "export", folders.declare
    folder.mkdir()
    path = folder / "orders.csv"
    path.write_text("order_id,ordered_at,amount\n1,2026-01-05 10:00,1\n")
    wider = "order_id,ordered_at,amount,user_id\n1,2026-01-05 10:00,1,u\n"

    def widened(given):
        declared = declare(given)
        path.write_text(wider)
        return declared

    monkeypatch.setattr(folders, "declare", widened)
    assert "user_id" not in sources.connect(str(folder)).orders.columns
    monkeypatch.setattr(folders, "declare", declare)
    assert "user_id" in sources.connect(str(folder)).orders.columns
