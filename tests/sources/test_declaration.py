"""A source file is refused in one line that names file, line, what was given and what is allowed."""

import pytest

from workbench import sources
from workbench.errors import SourceError

GOOD = (
    "time_zone: Europe/London\n"
    "currency: GBP\n"
    "files: {export: export.csv}\n"
    "tables:\n"
    "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
)


@pytest.fixture
def given(shop):
    shop.write("export.csv", "no,paid_at,amount\n1,2026-01-05 10:00,1\n")
    return shop


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("", "", None),
        (
            "currency: GBP",
            "curency: GBP",
            "shop.yaml, line 2: unknown key 'curency', did you mean 'currency'?",
        ),
        (
            "currency: GBP",
            "currency: QQQ",
            "shop.yaml, line 2: unknown currency 'QQQ', must be an ISO 4217 code such as CNY",
        ),
        (
            "Europe/London",
            "Europe/Londn",
            "shop.yaml, line 1: time_zone: unknown time zone 'Europe/Londn', must be an IANA name such as Asia/Shanghai",
        ),
        ("time_zone: Europe/London\n", "", "shop.yaml: 'time_zone' is missing"),
        (
            "currency: GBP",
            "money: cents",
            "shop.yaml, line 2: money == 'cents', must be one of minor, 千元, 万元, or left out",
        ),
        (
            "currency: GBP",
            "currency: GBP\ncurrency: USD",
            "shop.yaml, line 3: 'currency' stands twice",
        ),
        (
            "currency: GBP",
            "steps: visit",
            "shop.yaml, line 2: steps must be a list of events, got 'visit'",
        ),
        ("currency: GBP", "steps: [a, b, a]", "shop.yaml, line 2: a step stands twice in a, b, a"),
        ("currency: GBP", "currency: !!python/name:os.system", "shop.yaml, line 2: tag"),
        ("currency: GBP", "currency: &a GBP", "shop.yaml, line 2: anchors are not allowed here"),
        ("currency: GBP", "currency: [", "shop.yaml, line 4: not valid YAML: "),
        (
            "orders: SELECT",
            "order: SELECT",
            "shop.yaml, line 5: unknown table 'order', did you mean 'orders'?",
        ),
        (
            "export.csv",
            "exports.csv",
            "shop.yaml, line 3: file 'export': no file '",
        ),
        ("export.csv", "../export.csv", "shop.yaml, line 3: file 'export' leaves the folder '"),
        (
            "export.csv",
            "/no/such/export.csv",
            "shop.yaml, line 3: file 'export': no file '/no/such/export.csv'",
        ),
        (
            "{export: export.csv}",
            "{export: ${SHOP_DATA}/export.csv}",
            "shop.yaml, line 3: not valid YAML: expected ',' or '}', but got '{' (inside { } a value with ${NAME} needs quotes)",
        ),
        (
            "{export: export.csv}",
            "{a: export.csv, A: export.csv}",
            "shop.yaml, line 3: two files differ in upper and lower case only",
        ),
        (
            "export.csv",
            "~/export.csv",
            "shop.yaml, line 3: '~/export.csv' must begin with ${NAME} (an environment variable), with /, or in",
        ),
        (
            "export.csv",
            '"${NO_SUCH_FOLDER}/export.csv"',
            "shop.yaml, line 3: the environment variable NO_SUCH_FOLDER is not set",
        ),
        (
            "{export: export.csv}",
            "{1x: export.csv}",
            "shop.yaml, line 3: file '1x' needs a name of letters, digits and _",
        ),
        (
            "export.csv",
            "parameters",
            "shop.yaml, line 3: file 'export': no Parquet file in the folder '",
        ),
        (
            "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n",
            "  orders: {selct: SELECT 1}\n",
            "shop.yaml, line 5: unknown key of orders 'selct', did you mean 'select'?",
        ),
        (
            "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n",
            "  orders: {from: exprot, select: SELECT 1}\n",
            "shop.yaml, line 5: unknown file 'exprot', did you mean 'export'?",
        ),
        (
            "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n",
            "  orders: {money: amount}\n",
            "shop.yaml, line 5, orders: 'select' is missing",
        ),
    ],
)
def test_each_mistake_gets_one_line(given, old, new, message):
    given.declare(GOOD.replace(old, new) if old else GOOD)
    if message is None:
        assert given.connect().orders.count().execute() == 1
        return
    with pytest.raises(SourceError) as refused:
        given.connect()
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 3


def test_a_rule_that_is_no_sql_is_named(given):
    entry = (
        "  orders:\n    select: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
        "    exclude:\n      strange: amount >\n"
    )
    given.declare(GOOD[: GOOD.index("  orders")] + entry)
    with pytest.raises(
        SourceError, match="shop.yaml, line 6, orders, rule 'strange': not valid SQL"
    ):
        given.connect()


def test_a_variable_names_a_folder_that_files_stay_inside(given, monkeypatch, tmp_path):
    outside = tmp_path / "exports"
    outside.mkdir()
    (outside / "export.csv").write_text("no,paid_at,amount\n9,2026-01-05 10:00,1\n")
    monkeypatch.setenv("SHOP_DATA", str(outside))
    given.declare(GOOD.replace("export.csv", '"${SHOP_DATA}/export.csv"'))
    assert given.connect().orders.order_id.execute().tolist() == ["9"]
    given.declare(GOOD.replace("export.csv", '"${SHOP_DATA}/../home/export.csv"'))
    with pytest.raises(SourceError, match="file 'export' leaves the folder"):
        given.connect()
    (outside / "link.csv").symlink_to(given.home / "export.csv")
    given.declare(GOOD.replace("export.csv", '"${SHOP_DATA}/link.csv"'))
    with pytest.raises(SourceError, match="file 'export' leaves the folder"):
        given.connect()


def test_an_absolute_path_names_a_file_in_its_own_folder(given, tmp_path):
    outside = tmp_path / "exports"
    outside.mkdir()
    (outside / "export.csv").write_text("no,paid_at,amount\n9,2026-01-05 10:00,1\n")
    given.declare(GOOD.replace("export.csv", str(outside / "export.csv")))
    assert given.connect().orders.order_id.execute().tolist() == ["9"]
    (outside / "link.csv").symlink_to(given.home / "export.csv")
    given.declare(GOOD.replace("export.csv", str(outside / "link.csv")))
    with pytest.raises(SourceError, match="file 'export' leaves the folder"):
        given.connect()


def test_no_value_of_a_source_file_is_taken_for_something_else(shop):
    shop.write("export.csv", "no,paid_at,amount\n1,2026-01-05 10:00,1\n")
    shop.declare(GOOD.replace("currency: GBP", "steps: [on, no, 2026-01-05]"))
    assert shop.connect().steps == ("on", "no", "2026-01-05")


def test_the_names_of_sources_are_known_without_an_engine(given):
    given.declare(GOOD)
    assert sources.names() == ["demo", "shop"]


def test_further_columns_that_a_select_names_come_along_and_misspelt_ones_are_refused(given):
    given.write("export.csv", "no,paid_at,amount,device\n1,2026-01-05 10:00,1,phone\n")
    select = "SELECT no AS order_id, paid_at AS ordered_at, amount, device FROM export"
    entry = f"  orders: {select}\n"
    given.declare(GOOD[: GOOD.index("  orders")] + entry)
    assert given.connect().orders.device.execute().tolist() == ["phone"]
    given.declare(GOOD[: GOOD.index("  orders")] + entry.replace("device", "device AS chanel"))
    with pytest.raises(SourceError, match="column of orders 'chanel', did you mean 'channel'"):
        given.connect()
