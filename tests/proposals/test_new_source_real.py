"""What new-source proposes for real data comes to what the hand-written source files say of them."""

import pytest

from workbench import cli, sources


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "table", "lines", "rows", "money"),
    [
        ("online_retail.parquet", "orders", 541_909, 25_900, 974_774_793),
        ("cdnow_master.parquet", "orders", 69_659, 67_591, 250_031_563),
        ("wa_churn.parquet", "features", 7_043, 7_043, None),
        ("completejourney/transactions.parquet", "orders", 1_469_307, 155_848, 459_603_958),
    ],
)
def test_real_files_come_to_the_lines_orders_and_money_that_are_known(
    data, tmp_path, monkeypatch, file, table, lines, rows, money
):
    for name in ("notebooks", "parameters/sources"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new-source", "shop", str(data / file), "--yes"]) == 0
    shop = sources.connect("shop")
    (account,) = shop.account[shop.account["table"] == table].to_dict("records")
    assert (account["lines"], account["kept"], shop.facts[table].rows) == (lines, lines, rows)
    if money is not None:
        assert account["money_kept"] == money
