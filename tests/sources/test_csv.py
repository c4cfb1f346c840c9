"""CSV files keep what they say, and a file that would lose a line is refused."""

import pandas as pd
import pytest

from workbench import sources
from workbench.errors import SourceError

HEAD = b"order_id,ordered_at,amount,user_id\n"


@pytest.fixture
def folder(shop):
    path = shop.home / "exports"
    path.mkdir()
    return path


def orders(folder, content):
    (folder / "orders.csv").write_bytes(content)
    return sources.connect(str(folder))


def test_ids_survive_as_they_were_written(folder):
    source = orders(
        folder,
        HEAD
        + b"00123,2026-01-05 10:00,500,NA\n"
        + b"9007199254740993,2026-01-05 10:00,500,null\n"
        + b"1e5,2026-01-05 10:00,500,\n",
    )
    rows = source.orders.order_by("order_id").execute()
    assert rows["order_id"].tolist() == ["00123", "1e5", "9007199254740993"]
    assert rows["user_id"].isna().tolist() == [False, True, False]
    assert rows["user_id"].dropna().tolist() == ["NA", "null"]


def test_a_byte_order_mark_windows_line_ends_and_a_missing_last_one_are_no_matter(folder):
    text = "order_id,ordered_at,amount,user_id\r\n1,2026-01-05,1,小红\r\n2,2026-01-05,2,🦀"
    source = orders(folder, b"\xef\xbb\xbf" + text.encode())
    assert source.account["lines"].tolist() == [2]
    assert sorted(source.orders.user_id.execute()) == ["小红", "🦀"]


def test_a_line_is_numbered_as_an_editor_shows_it_even_after_a_quoted_line_break(folder):
    source = orders(
        folder,
        HEAD + b'1,2026-01-05,1,"a\nb"\n\n2,2026-01-05,x,c\n3,2026-01-05,3,"say ""hi"", he said"\n',
    )
    assert source.account[["lines", "kept", "quarantined"]].to_numpy().tolist() == [[3, 2, 1]]
    assert sorted(source.orders.user_id.execute()) == ["a\nb", 'say "hi", he said']
    assert pd.read_parquet(source.folder / "quarantine" / "orders.parquet")["line"].tolist() == [5]


def test_a_file_with_a_header_only_is_an_empty_table(folder):
    source = orders(folder, HEAD)
    assert source.account["lines"].tolist() == [0]
    assert source.orders.count().execute() == 0
    assert source.orders.schema().names == ("order_id", "ordered_at", "amount", "user_id")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "orders.csv: the file is empty, not even a header"),
        (HEAD + b"1,2026-01-05,1\n", "orders.csv, line 2: 3 fields where the header has 4"),
        (
            HEAD + b"1,2026-01-05,1,a\n2,2026-01-05,1,a,b\n",
            "orders.csv, line 3: 5 fields where the header has 4",
        ),
        (
            HEAD + b"1,2026-01-05,1,a\n" + b'2,2026-01-05,1,"a\n' + b"3,2026-01-05,1,b\n" * 1000,
            "orders.csv, line 3: a quote is opened here and never closed",
        ),
        (
            HEAD
            + b'1,2026-01-05,1,"a\n2,2026-01-05,1,"b"\n3,2026-01-05,1,"c"\n4,2026-01-05,1,d"\n',
            "orders.csv, line 2: a quote stands where none may",
        ),
        (
            HEAD + "1,2026-01-05,1,é\n".encode("latin-1"),
            "orders.csv, line 2: not UTF-8 (byte 0xe9)",
        ),
        (
            b"order_id,ordered_at,amount,Amount\n",
            "orders.csv, line 1: column 'Amount' stands twice",
        ),
        (b"order_id,ordered_at,,amount\n", "orders.csv, line 1: column 3 has no name"),
        (
            b"order_id,orderd_at,amount\n",
            "orders.csv: required column 'ordered_at' is missing, did you mean 'orderd_at'?",
        ),
    ],
)
def test_a_file_that_would_lose_a_line_is_refused(folder, content, message):
    with pytest.raises(SourceError) as refused:
        orders(folder, content)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_an_unbalanced_quote_early_in_a_long_file_is_found_where_it_opens(folder):
    lines = b"".join(b"%d,2026-01-05,1,u%d\n" % (i, i) for i in range(50_000))
    with pytest.raises(SourceError, match="orders.csv, line 2: a quote is opened here"):
        orders(folder, HEAD + b'0,2026-01-05,1,"u\n' + lines)


def test_a_parquet_file_cut_short_is_refused(folder):
    (folder / "orders.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(SourceError, match=r"^orders.parquet: cannot be read: "):
        sources.connect(str(folder))
