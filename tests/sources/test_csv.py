"""CSV files keep what they say, and a file that would lose a line is refused."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import sources
from workbench.errors import SourceError
from workbench.sources.connecting import inspect
from workbench.sources.text.records import Form, blocks

HEAD = b"order_id,ordered_at,amount,user_id\n"


@pytest.fixture
def folder(shop):
    path = shop.home / "exports"
    path.mkdir()
    return path


def orders(folder, content):
    (folder / "orders.csv").write_bytes(content)
    return inspect(str(folder))


def quarantine(source):
    found = pd.read_parquet(source.folder / "quarantine" / "orders.parquet")
    return list(zip(found["line"], [list(reasons) for reasons in found["reasons"]], strict=True))


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


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(folder):
    text = "order_id,ordered_at,amount,user_id\r\n1,2026-01-05,1,小红\r\n2,2026-01-05,2,🦀\r\n"
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


FIELDS = "not true that the line has 4 fields, as the header has"
QUOTES = "not true that each quote of the line stands at a field's edge and is closed"
GOOD = b"7,2026-01-05,1,a\n8,2026-01-05,1,b\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2026-01-05,1", FIELDS),
        (b"2,2026-01-05,1,a,b", FIELDS),
        (b'2,2026-01-05,1,"a', QUOTES),
        (b'2,2026-01-05,1,a"b', QUOTES),
        (b'2,2026-01-05,1,"a"b', QUOTES),
        (b'2,2026-01-05,"1,"a"', QUOTES),
        (b"2,2026-01-05,1,\xe9", "not true that the line is UTF-8"),
        (b"2,2026-01-05,1,a\0", "not true that the line is free of NUL bytes"),
        (b"2,2026-01-05,1,a\rb", "not true that no carriage return stands inside the line"),
    ],
)
def test_a_line_that_is_no_record_is_set_aside_alone(folder, line, reason):
    chinese = "9,2026-01-05,1,小红\n".encode()
    source = orders(folder, HEAD + GOOD + line + b"\n" + chinese)
    assert quarantine(source) == [(4, [reason])]
    assert sorted(source.orders.order_id.execute()) == ["7", "8", "9"]
    assert source.account[["lines", "kept", "quarantined"]].to_numpy().tolist() == [[4, 3, 1]]


def test_a_line_that_the_file_does_not_finish_is_set_aside(folder):
    source = orders(folder, HEAD + GOOD + b"9,2026-01-05,1")
    assert quarantine(source) == [
        (4, ["not true that the line has 4 fields, as the header has"]),
    ]
    source = orders(folder, HEAD.replace(b",user_id", b"") + b"7,2026-01-05,12\n8,2026-01-05,12")
    assert quarantine(source) == [
        (3, ["not true that the file goes on to the end of its last line"])
    ]


def test_two_unbalanced_quotes_do_not_swallow_the_lines_between_them(folder):
    lines = b"".join(b"%d,2026-01-05,1,u%d\n" % (i, i) for i in range(100, 1100))
    source = orders(folder, HEAD + b'1,2026-01-05,1,"a\n' + lines + b'2,2026-01-05,1,"b\n' + GOOD)
    assert quarantine(source) == [(2, [QUOTES]), (1003, [QUOTES])]
    assert source.orders.count().execute() == 1002


def test_an_unbalanced_quote_early_in_a_long_file_costs_one_line(folder):
    lines = b"".join(b"%d,2026-01-05,1,u%d\n" % (i, i) for i in range(1, 100_001))
    source = orders(folder, HEAD + b'0,2026-01-05,1,"u\n' + lines)
    assert quarantine(source) == [(2, [QUOTES])]
    assert source.account[["lines", "kept"]].to_numpy().tolist() == [[100_001, 100_000]]


@settings(max_examples=150)
@given(
    rows=st.lists(
        st.lists(st.text(alphabet='a,"\n é小', max_size=6), min_size=3, max_size=3), max_size=12
    ),
    size=st.integers(1, 40),
)
def test_what_python_writes_as_csv_is_read_back_line_by_line(rows, size):
    rows = [["x", *row] for row in rows]  # a line of nothing but empty fields is still a line
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    numbers = []
    for row in rows:
        numbers.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    data = text.getvalue().encode()
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    found = list(blocks(parts, Form(",", 4), 1))
    assert [n for block in found for n in block.lines.tolist()] == numbers
    assert [b for block in found for b in block.broken] == []
    read = csv.reader(io.StringIO(b"".join(block.data for block in found).decode(), newline=""))
    assert list(read) == rows


@settings(max_examples=150)
@given(data=st.binary(max_size=200), size=st.integers(1, 50))
def test_whatever_bytes_come_every_line_is_counted_once(data, size):
    data = data.replace(b"\x00", b'"').replace(b"\x01", b",").replace(b"\x02", b"\n")
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    found = list(blocks(parts, Form(",", 2), 1))
    sound = b"".join(block.data for block in found)
    broken = [b for block in found for b in block.broken]
    numbers = [n for block in found for n in block.lines.tolist()] + [b.line for b in broken]
    assert len(set(numbers)) == len(numbers)
    lines = data.split(b"\n")
    spanned = sound.count(b"\n") + len(broken) + sum(line in {b"", b"\r"} for line in lines)
    assert spanned >= data.count(b"\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "orders.csv: the file is empty, not even a header"),
        (
            b"order_id,ordered_at,amount,Amount\n",
            "orders.csv, line 1: column 'Amount' stands twice",
        ),
        (b"order_id,,,\n", "orders.csv, line 1: column 2 has no name, as most have none"),
        (
            b"order_id,orderd_at,amount\n",
            "orders.csv: required column 'ordered_at' is missing, did you mean 'orderd_at'?",
        ),
        (
            b"order_id,ordered_at,amount\r1,2026-01-05,1\r",
            "orders.csv, line 1: the lines end in carriage returns alone: save it with line feeds",
        ),
    ],
)
def test_a_file_without_a_sound_header_is_refused(folder, content, message):
    with pytest.raises(SourceError) as refused:
        orders(folder, content)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_parquet_file_cut_short_is_refused(folder):
    (folder / "orders.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(SourceError, match=r"^orders.parquet: cannot be read: "):
        sources.connect(str(folder))
