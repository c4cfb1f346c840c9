"""What a row of the table of bad inputs says, and the words that most rows share."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

HEAD = "no,paid_at,amount,who\n"
ROW = "1,2026-01-05 10:00,10.50,u1\n"
SELECT = "SELECT no AS order_id, paid_at AS ordered_at, amount, who AS user_id FROM export"
FIELDS = "the line has 4 fields, as the header has"
QUOTES = "each quote of the line stands at a field's edge and is closed"
MONEY = "amount is money without fractions of its smallest unit"
INSTANT = "ordered_at is an instant that exists"
PLAUSIBLE = "ordered_at lies between 1990 and tomorrow"
ONCE = "order_id stands once"


@dataclass
class Bad:
    """A bad input and what is expected of it.

    Attributes:
        name: What is wrong.
        content: The file, as text or bytes, or what writes it: called with its path.
        kept: How many lines are kept.
        reasons: How many lines are quarantined for what is not true of them.
        refused: How the one line begins that refuses it, in place of kept and reasons.
        rows: Values of the kept rows, by column, in the order of order_id.
        options: What the source file says of the file, beyond its path.
        file: The file's name.
        head: The top of the source file.
        select: The SELECT.
        table: The table it fills.
        notes: How the notes about guesses end.
        unread: Columns that nothing reads.
    """

    name: str
    content: object = HEAD + ROW
    kept: int = 0
    reasons: dict = field(default_factory=dict)
    refused: str = ""
    rows: dict = field(default_factory=dict)
    options: str = ""
    file: str = "export.csv"
    head: str = "time_zone: Asia/Shanghai\ncurrency: CNY\n"
    select: str = SELECT
    table: str = "orders"
    notes: list = field(default_factory=list)
    unread: tuple = ()


def lines(*rows):
    return HEAD + "".join(f"{row}\n" for row in rows)


def chinese(encoding):
    return lines("1,2026-01-05 10:00,10.50,小红", "2,2026-01-05 11:00,1,小明").encode(encoding)


def parquet(**columns):
    return lambda path: pq.write_table(pa.table(columns), path)


def instants(*texts):
    return lines(*(f"{i},{text},1,u" for i, text in enumerate(texts, start=1)))
