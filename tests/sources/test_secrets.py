# ruff: noqa: S608 - a SELECT that must be refused is made of parts
"""What an environment variable holds is in no message, and no SELECT reads the server's files."""

from types import SimpleNamespace

import pytest
import warehouses
from warehouses import ORDERS, change, declared

from workbench import cli
from workbench.errors import SourceError
from workbench.sources.declaration import Entry
from workbench.sources.warehouse.selects import parse, select

pytestmark = pytest.mark.security

CANARY = "s3cr3t-canary"
ENTRY = "tables:\n  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
CSV = "no,paid_at,amount\n1,2026-01-05 10:00,1\n"
URL = "duckdb://sales.duckdb"


@pytest.fixture
def hidden(shop, monkeypatch):
    """A folder whose path is a secret, behind a link."""
    folder = shop.home.parent / CANARY
    folder.mkdir()
    (shop.home.parent / f"link-{CANARY}").symlink_to(folder)
    (folder / "export.csv").write_text(CSV, encoding="utf-8")
    (folder / "broken.xlsx").write_bytes(b"none")
    (folder / "broken.duckdb").write_bytes(b"none" * 4096)
    (folder / "broken.parquet").write_bytes(b"none")
    (folder / "closed").mkdir(mode=0)
    monkeypatch.setenv("SECRET_KEY", str(shop.home.parent / f"link-{CANARY}"))
    monkeypatch.setenv("SECRET_FILE", str(folder / f"{CANARY}.xlsx"))
    (folder / f"{CANARY}.xlsx").write_bytes(b"none")
    return shop


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("${SECRET_KEY}/x.csv", "shop.yaml, line 2: file 'export': no file '${SECRET_KEY}/x.csv'"),
        (
            "${SECRET_KEY}/exprt.csv",
            "shop.yaml, line 2: file 'export': no file '${SECRET_KEY}/exprt.csv', "
            "did you mean 'export.csv'?",
        ),
        (
            "${SECRET_KEY}/../x.csv",
            "shop.yaml, line 2: file 'export' leaves the folder '${SECRET_KEY}'",
        ),
        (
            "${SECRET_KEY}/closed",
            "shop.yaml, line 2: file 'export': no Parquet file in the folder '${SECRET_KEY}/closed'",
        ),
        ("${SECRET_KEY}/broken.xlsx", "broken.xlsx: cannot be read as Excel: "),
        ("${SECRET_KEY}/broken.duckdb", "broken.duckdb: cannot be read: "),
        ("${SECRET_KEY}/broken.parquet", "broken.parquet: cannot be read: "),
        ("${SECRET_FILE}", "${SECRET_FILE}: cannot be read as Excel: "),
        ("${SECRET_FILE}/x.csv", "shop.yaml, line 2: file 'export': no file '${SECRET_FILE}/x.csv"),
    ],
)
def test_the_value_of_a_variable_is_in_no_message(hidden, capsys, path, message):
    hidden.declare(f'time_zone: UTC\nfiles: {{export: "{path}"}}\n{ENTRY}')
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"workbench: {message}")
    assert CANARY not in said
    assert said.count("\n") == 1


def test_a_variables_value_in_a_warehouses_address_is_in_no_message(hidden, monkeypatch, capsys):
    monkeypatch.setenv("SHOP_HOST", "127.0.0.1")
    monkeypatch.setenv("SHOP_PORT", "9")
    monkeypatch.setenv("SHOP_NAME", CANARY)
    monkeypatch.setenv("SHOP_USER", f"user-{CANARY}")
    url = "postgres://${SHOP_USER}@${SHOP_HOST}:${SHOP_PORT}/${SHOP_NAME}"
    hidden.declare(declared(url))
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"workbench: shop.yaml, line 4: {url}: ")
    assert "127.0.0.1" not in said
    assert CANARY not in said
    (hidden.home.parent / CANARY / "sales.duckdb").write_bytes(b"none" * 4096)
    hidden.declare(declared("duckdb://${SECRET_KEY}/sales.duckdb"))
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("workbench: shop.yaml, line 4: duckdb://${SECRET_KEY}/sales.duckdb: ")
    assert CANARY not in said


def test_two_warehouses_behind_one_variable_are_never_taken_for_one_another(shop, monkeypatch):
    for name, amount in (("one", 1), ("two", 2)):
        monkeypatch.setenv("SHOP_DATA", str(shop.home / name))
        (shop.home / name).mkdir()
        change(shop.home / name, warehouses.TABLES + f"; UPDATE shop.orders SET total = {amount}")
        shop.declare(declared("duckdb://${SHOP_DATA}/sales.duckdb"))
        assert shop.connect().account["money"].tolist() == [amount * 11 * 100]


@pytest.mark.parametrize(
    "read",
    [
        "read_text('/etc/passwd')",
        "read_blob('/etc/passwd')",
        "read_csv('/etc/passwd')",
        "'/etc/passwd'",
        "glob('/etc/*')",
        "'export.csv'",
    ],
)
def test_a_warehouses_select_reads_no_file_of_the_server(shop, read):
    change(shop.home, warehouses.TABLES)
    shop.write("export.csv", CSV)
    select = f"SELECT 1 AS order_id, TIMESTAMP '2026-01-05' AS ordered_at, 1 AS amount FROM {read}"
    shop.declare(declared(URL, f"tables:\n  orders: {select}\n"))
    with pytest.raises(SourceError, match=r"^shop.yaml, line 7, orders: ") as refused:
        shop.connect()
    assert "\n" not in str(refused.value)
    shop.declare(declared(URL, ORDERS.replace("kind = 'test'", f"total IN (SELECT 1 FROM {read})")))
    with pytest.raises(SourceError, match=r"^shop.yaml, line 8, orders: "):
        shop.connect()


@pytest.mark.parametrize(
    "call",
    ["pg_read_file('/etc/passwd')", "pg_catalog.pg_ls_dir('/')", "\"pg_read_binary_file\"('/x')"],
)
def test_functions_that_read_the_servers_files_are_refused_wherever_the_account_may(call):
    said = r"^here: no SELECT may read the server's files: PG_"
    with pytest.raises(SourceError, match=said):
        parse(f"SELECT * FROM orders WHERE id IN (SELECT {call})", "here", "postgres")
    with pytest.raises(SourceError, match=said):
        select(
            Entry("orders", "SELECT no FROM o", exclude={"a rule": f"{call} = ''"}, place="here"),
            SimpleNamespace(dialect="postgres"),
        )
