"""Bad inputs: amounts, ids and keys."""

from bad_inputs import MONEY, ONCE, SELECT, Bad, lines, parquet

AMOUNTS = [
    Bad("text in an amount", lines("1,2026-01-05,five,u", "2,2026-01-05,5,u"), 1, {MONEY: 1}),
    Bad("1,234.50 undeclared", lines('1,2026-01-05,"1,234.50",u'), 0, {MONEY: 1}),
    Bad(
        "1,234.50 declared",
        lines('1,2026-01-05,"1,234.50",u', '2,2026-01-05,"12,34.50",u'),
        1,
        {MONEY: 1},
        rows={"amount": [123450]},
        options='amounts: "1,234.50"',
    ),
    Bad("￥5 undeclared", lines("1,2026-01-05,￥5,u"), 0, {MONEY: 1}),
    Bad(
        "￥5 declared",
        lines("1,2026-01-05,￥5,u", '2,2026-01-05,"￥1,000.05",u'),
        2,
        rows={"amount": [500, 100005]},
        options="amounts: '￥1,234.50'",
    ),
    Bad("a decimal comma undeclared", lines('1,2026-01-05,"12,50",u'), 0, {MONEY: 1}),
    Bad(
        "a decimal comma declared",
        lines("1,2026-01-05,1.234,50,u").replace(",", ";").replace("4;5", "4,5"),
        1,
        rows={"amount": [123450]},
        options='delimiter: ";", amounts: "1.234,50"',
    ),
    Bad(
        "amounts declared as what nobody writes",
        options="amounts: euros",
        refused="shop.yaml, line 5: file 'export': amounts == 'euros', must be 1234.50 as the file writes it",
    ),
    Bad("fractions of a fen", lines("1,2026-01-05,0.005,u", "2,2026-01-05,0.500,u"), 1, {MONEY: 1}),
    Bad("a literal nan as an amount", lines("1,2026-01-05,nan,u"), 0, {MONEY: 1}),
    Bad("a literal nan as a user", lines("1,2026-01-05,1,nan"), 1, rows={"user_id": ["nan"]}),
    Bad("a negative amount", lines("1,2026-01-05,-1,u"), 0, {"amount is not negative": 1}),
    Bad(
        "zero pieces",
        lines("1,2026-01-05,1,0"),
        1,
        rows={"quantity": [0]},
        select=SELECT.replace("user_id", "quantity"),
    ),
    Bad(
        "a refund beyond its order",
        lines("1,2026-01-05,5,6", "2,2026-01-05,5,5"),
        1,
        {"refunded_amount is not more than amount, unless that is 0 or the order is cancelled": 1},
        select=SELECT.replace("user_id", "refunded_amount"),
    ),
]

IDS = [
    Bad(
        "ids with leading zeros",
        lines("00123,2026-01-05,1,007"),
        1,
        rows={"order_id": ["00123"], "user_id": ["007"]},
    ),
    Bad(
        "ids beyond 2^53 as text",
        lines("9007199254740993,2026-01-05,1,u"),
        1,
        rows={"order_id": ["9007199254740993"]},
    ),
    Bad(
        "ids beyond 2^53 as floating point",
        parquet(no=[9007199254740994.0], paid_at=["2026-01-05"], amount=[1], who=["u"]),
        0,
        {"order_id is text": 1},
        file="export.parquet",
    ),
    Bad(
        "users called NA and null",
        lines("1,2026-01-05,1,NA", "2,2026-01-05,1,null"),
        2,
        rows={"user_id": ["NA", "null"]},
    ),
    Bad("no key", lines(",2026-01-05,1,u", "2,2026-01-05,1,u"), 1, {"order_id is there": 1}),
    Bad(
        "a key of spaces",
        lines('"  ",2026-01-05,1,u', "2,2026-01-05,1,u"),
        1,
        {"order_id is there": 1},
        notes=[
            "1 value of order_id has blanks, tabs or signs without width at its ends, which are taken off"
        ],
    ),
    Bad("one key, two contents", lines("1,2026-01-05,1,u", "1,2026-01-05,2,u"), 0, {ONCE: 2}),
    Bad(
        "a line twice where the key forbids it",
        lines("1,2026-01-05,1,u", "1,2026-01-05,1,u"),
        1,
        {ONCE: 1},
    ),
    Bad(
        "a line twice where it may stand twice",
        lines("1,2026-01-05,1,u", "1,2026-01-05,1,u"),
        2,
        table="events",
        select="SELECT who AS user_id, 'visit' AS event, paid_at AS occurred_at FROM export",
    ),
]
