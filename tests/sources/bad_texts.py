"""Bad inputs: encodings, quotes, lines and columns of text files."""

from bad_inputs import FIELDS, HEAD, INSTANT, MONEY, ONCE, QUOTES, ROW, Bad, chinese, lines

FIVE = [b"%d,2026-01-05 10:00,1,u%d" % (i, i) for i in range(1, 2001)]
SWALLOWING = HEAD.encode() + b'0,2026-01-05 10:00,1,"u\n' + b"\n".join(FIVE) + b"\n"

TEXT = [
    Bad(
        "GBK that nobody declared",
        chinese("gbk"),
        2,
        rows={"user_id": ["小红", "小明"]},
        notes=["read as GB18030, a guess: declare its encoding"],
    ),
    Bad(
        "GBK declared",
        chinese("gbk"),
        2,
        rows={"user_id": ["小红", "小明"]},
        options="encoding: gbk",
    ),
    Bad(
        "GB18030 with a character beyond GBK",
        lines("1,2026-01-05,1,𠮷").encode("gb18030"),
        1,
        rows={"user_id": ["𠮷"]},
        options="encoding: gb18030",
    ),
    Bad("UTF-16 with its mark", chinese("utf-16"), 2, rows={"user_id": ["小红", "小明"]}),
    Bad(
        "UTF-16 without a mark",
        lines(*[f"{i},2026-01-05,1,u" for i in range(9)]).encode("utf-16-be"),
        9,
        notes=["read as UTF-16, a guess: declare its encoding"],
    ),
    Bad(
        "UTF-16 cut in a character",
        chinese("utf-16")[:-1],
        refused="export.csv: not UTF-16: it ends in the middle of a character",
    ),
    Bad(
        "a byte order mark",
        b"\xef\xbb\xbf" + chinese("utf-8"),
        2,
        rows={"user_id": ["小红", "小明"]},
    ),
    Bad(
        "mixed encodings",
        chinese("utf-8") + "3,2026-01-05,1,小刚\n".encode("gbk"),
        2,
        {"the line is UTF-8": 1},
    ),
    Bad(
        "Latin-1 that nobody declared",
        lines("1,2026-01-05,1,René", "2,2026-01-05,1,u").encode("latin-1"),
        1,
        {"the line is UTF-8": 1},
    ),
    Bad(
        "an unknown encoding",
        options="encoding: gbq",
        refused="shop.yaml, line 5: unknown encoding 'gbq', did you mean 'gbk'?",
    ),
    Bad("an empty file", b"", refused="export.csv: the file is empty, not even a header"),
    Bad(
        "a file of line feeds",
        b"\n\n\n",
        refused="export.csv: the file is empty, not even a header",
    ),
    Bad("a header only", HEAD, 0),
    Bad("a short line", lines("1,2026-01-05,1,u", "2,2026-01-05,1"), 1, {FIELDS: 1}),
    Bad("a long line", lines("1,2026-01-05,1,u", "2,2026-01-05,1,u,x"), 1, {FIELDS: 1}),
    Bad("an unbalanced quote before 2,000 lines", SWALLOWING, 2000, {QUOTES: 1}),
    Bad(
        "two unbalanced quotes around 2,000 lines",
        SWALLOWING + b'x,2026-01-05,1,"u\n',
        2000,
        {QUOTES: 2},
    ),
    Bad("a quote inside a field", lines('1,2026-01-05,1,a"b', "2,2026-01-05,1,u"), 1, {QUOTES: 1}),
    Bad(
        "a file cut in the middle of a number",
        lines("1,2026-01-05,1,u") + "2,2026-01-05,1",
        1,
        {FIELDS: 1},
    ),
    Bad(
        "a file cut in the number that ends its line",
        "no,paid_at,amount\n1,2026-01-05,10.50\n2,2026-01-05,12",
        1,
        {"the file goes on to the end of its last line": 1},
        select="SELECT no AS order_id, paid_at AS ordered_at, amount FROM export",
    ),
    Bad(
        "a last line declared open",
        "no,paid_at,amount\n1,2026-01-05,10.50\n2,2026-01-05,12",
        2,
        rows={"amount": [1050, 1200]},
        options="last_line: open",
        select="SELECT no AS order_id, paid_at AS ordered_at, amount FROM export",
    ),
    Bad(
        "a NUL byte",
        lines("1,2026-01-05,1,u\0", "2,2026-01-05,1,u"),
        1,
        {"the line is free of NUL bytes": 1},
    ),
    Bad(
        "control characters",
        lines("1,2026-01-05,1,u\x07\x1b[31m"),
        1,
        rows={"user_id": ["u\x07\x1b[31m"]},
    ),
    Bad(
        "a lone carriage return",
        lines("1,2026-01-05,1,u\rv", "2,2026-01-05,1,u"),
        1,
        {"no carriage return stands inside the line": 1},
    ),
    Bad(
        "line ends of an old Mac",
        lines("1,2026-01-05,1,u").replace("\n", "\r"),
        refused="export.csv, line 1: the lines end in carriage returns alone",
    ),
    Bad(
        "merge-conflict markers",
        lines("<<<<<<< HEAD", "1,2026-01-05,1,u", "=======", "2,2026-01-05,1,u", ">>>>>>> b"),
        refused="export.csv, line 2: '<<<<<<<' marks a merge that was not settled: both versions",
    ),
    Bad("two exports one after the other", (HEAD + ROW) * 2, 1, {INSTANT: 1, MONEY: 1, ONCE: 1}),
    Bad(
        "quoted line breaks",
        lines('1,2026-01-05,1,"a\nb"', "2,2026-01-05,x,u"),
        1,
        {MONEY: 1},
        rows={"user_id": ["a\nb"]},
    ),
    Bad(
        "a text of 10 kB",
        lines("1,2026-01-05,1," + "很" * 10_000),
        1,
        rows={"user_id": ["很" * 10_000]},
    ),
    Bad("emoji and Chinese names", lines("1,2026-01-05,1,🦀小红"), 1, rows={"user_id": ["🦀小红"]}),
    Bad("tabs in a .tsv", (HEAD + ROW).replace(",", "\t"), 1, file="export.tsv"),
    Bad(
        "semicolons that nobody declared",
        (HEAD + ROW).replace(",", ";"),
        1,
        notes=["fields are parted by ';', a guess: declare the delimiter"],
    ),
]

COLUMNS = [
    Bad(
        "a column twice",
        "no,paid_at,amount,No\n",
        refused="export.csv, line 1: column 'No' stands twice",
    ),
    Bad(
        "a column without a name",
        "no,paid_at,amount,who,\n1,2026-01-05,1,u,\n",
        1,
        unread=("column_5",),
    ),
    Bad(
        "a missing column",
        "no,paid_at,who\n1,2026-01-05,u\n",
        refused="shop.yaml, line 7, orders: unknown column of export.csv 'amount', must be one of: no, paid_at, who",
    ),
    Bad(
        "a renamed column",
        (HEAD + ROW).replace("amount", "amounts"),
        refused="shop.yaml, line 7, orders: unknown column of export.csv 'amount', did you mean 'amounts'?",
    ),
    Bad("an extra column", "no,paid_at,amount,who,note\n1,2026-01-05,1,u,x\n", 1, unread=("note",)),
    Bad(
        "reordered columns",
        "who,amount,paid_at,no\nu1,10.50,2026-01-05 10:00,1\n",
        1,
        rows={"user_id": ["u1"], "amount": [1050]},
    ),
    Bad(
        "a SELECT without a required column",
        select="SELECT no AS order_id, paid_at AS ordered_at FROM export",
        refused="shop.yaml, line 7, orders: the SELECT gives no 'amount', which orders must have",
    ),
    Bad(
        "a column of nothing",
        lines("1,2026-01-05,1,", "2,2026-01-05,1,"),
        2,
        rows={"user_id": [None, None]},
    ),
    Bad(
        "a required column of nothing",
        lines("1,2026-01-05,,u", "2,2026-01-05,,u"),
        0,
        {"amount is there": 2},
    ),
]
