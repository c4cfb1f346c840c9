"""Bad inputs: damaged, foreign and missing files, and source files that say what they must not."""

import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
from bad_inputs import HEAD, INSTANT, MONEY, ROW, Bad, parquet
from workbooks import workbook


def flipped(path):
    table = pa.table({"no": ["1"], "paid_at": ["2026-01-05"], "amount": ["1"], "who": ["u1"]})
    pq.write_table(table, path, write_page_checksum=True, use_dictionary=False)
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(2)
    content[column.data_page_offset + column.total_compressed_size - 2] ^= 1
    path.write_bytes(content)


def outside(path):
    elsewhere = path.parent.parent / "elsewhere.csv"
    elsewhere.write_text(HEAD + ROW)
    path.symlink_to(elsewhere)


def unreadable(path):
    path.write_text(HEAD)
    path.chmod(0)


def differing_folder(path):
    (path / "day=1").mkdir(parents=True)
    (path / "day=2").mkdir()
    pq.write_table(pa.table({"no": ["1"]}), path / "day=1" / "a.parquet")
    pq.write_table(pa.table({"no": [2]}), path / "day=2" / "a.parquet")


def mixed_sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (no, paid_at, amount, who)")
        rows = [("007", "2026-01-05 10:00", 10.5, "u1"), (8, "2026-01-05 10:00", "five", None)]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", rows)


def wide_excel(path):
    rows = [["no", "paid_at", "amount", "who"], [7, "2026-01-05", 10.5, "u1"], ["x8", "soon", 1, 2]]
    path.write_bytes(workbook({"Sales": rows}))


def two_sheets(path):
    path.write_bytes(workbook({"Sales": [["no"]], "Notes": [["text"]]}))


FILES = [
    Bad(
        "a corrupt Parquet file",
        b"PAR1 and then nothing",
        file="export.parquet",
        refused="export.parquet: cannot be read: ",
    ),
    Bad(
        "a bit-flipped Parquet file with checksums",
        flipped,
        file="export.parquet",
        refused="export.parquet: cannot be read: could not verify page integrity",
    ),
    Bad(
        "a wrong Parquet type",
        parquet(no=["1"], paid_at=[True], amount=["1"], who=["u"]),
        file="export.parquet",
        refused="shop.yaml, line 7, orders: ordered_at is BOOLEAN, must be timestamp",
    ),
    Bad(
        "a nested Parquet column",
        parquet(no=["1"], paid_at=["2026-01-05"], amount=[{"paid": 1}], who=["u"]),
        file="export.parquet",
        refused="shop.yaml, line 7, orders: amount is STRUCT",
    ),
    Bad(
        "Parquet files that differ",
        differing_folder,
        file="parts",
        refused="parts: day=2/a.parquet has other columns or types than day=1/a.parquet",
    ),
    Bad(
        "a SQLite column of mixed types",
        mixed_sqlite,
        1,
        {MONEY: 1},
        file="export.sqlite",
        rows={"order_id": ["007"], "amount": [1050]},
    ),
    Bad(
        "no SQLite file",
        b"no database",
        file="export.sqlite",
        refused="export.sqlite: cannot be read: file is not a database",
    ),
    Bad(
        "no DuckDB file",
        b"no database",
        file="export.duckdb",
        refused="export.duckdb: cannot be read: ",
    ),
    Bad(
        "an Excel column of mixed types",
        wide_excel,
        1,
        {INSTANT: 1},
        file="export.xlsx",
        rows={"order_id": ["7"], "amount": [1050]},
    ),
    Bad(
        "an Excel file with two sheets",
        two_sheets,
        file="export.xlsx",
        refused="export.xlsx: it has the sheets Sales, Notes: declare the 'sheet'",
    ),
    Bad(
        "an Excel file without the sheet",
        two_sheets,
        file="export.xlsx",
        options="sheet: Sale",
        refused="export.xlsx: unknown sheet 'Sale', did you mean 'Sales'?",
    ),
    Bad(
        "no Excel file",
        b"PK and then nothing",
        file="export.xlsx",
        refused="export.xlsx: cannot be read as Excel: ",
    ),
    Bad(
        "broken JSON lines",
        '{"no": 9007199254740993, "paid_at": "2026-01-05", "amount": 1.10, "who": null}\n{"no": 2,\n[]\n',
        1,
        {"the line is a JSON object": 2},
        file="export.jsonl",
        rows={"order_id": ["9007199254740993"], "amount": [110]},
    ),
    Bad(
        "a kind of file that nobody reads",
        b"x",
        file="export.pdf",
        refused="export.pdf: no such files can be read, only .parquet",
    ),
    Bad(
        "a missing file",
        options="path: exports.csv",
        refused="shop.yaml, line 5: file 'export': no file '",
    ),
    Bad("an unreadable file", unreadable, refused="shop.yaml, line 5: file 'export': '"),
    Bad(
        "a path outside the folder",
        options="path: ../elsewhere.csv",
        refused="shop.yaml, line 5: file 'export' leaves the folder '",
    ),
    Bad(
        "a link out of the folder",
        outside,
        refused="shop.yaml, line 5: file 'export' leaves the folder '",
    ),
    Bad(
        "a variable that is not set",
        options='path: "${NO_SUCH_FOLDER}/export.csv"',
        refused="shop.yaml, line 5: the environment variable NO_SUCH_FOLDER is not set",
    ),
]

DECLARATIONS = [
    Bad(
        "a YAML tag",
        head="time_zone: !!python/object/apply:os.system [ls]\ncurrency: CNY\n",
        refused="shop.yaml, line 1: tag '",
    ),
    Bad(
        "an alias bomb",
        head='time_zone: UTC\ncurrency: &a ["x", "x"]\n',
        refused="shop.yaml, line 2: anchors are not allowed here",
    ),
    Bad(
        "a key twice",
        head="time_zone: UTC\ntime_zone: Asia/Shanghai\n",
        refused="shop.yaml, line 2: 'time_zone' stands twice",
    ),
    Bad(
        "a share that is none",
        head="time_zone: UTC\nmax_quarantined: all\n",
        refused="shop.yaml, line 2: max_quarantined == 'all', must be 0 % to 100 %",
    ),
    Bad(
        "an unknown option of a file",
        options="encodng: gbk",
        refused="shop.yaml, line 5: unknown key of file 'export' 'encodng', did you mean 'encoding'?",
    ),
    Bad(
        "SQL that reads another file",
        select="SELECT * FROM read_csv('elsewhere.csv')",
        refused="shop.yaml, line 7, orders: 'READ_CSV",
    ),
]
