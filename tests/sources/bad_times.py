"""Bad inputs: days, clocks and zones."""

from bad_inputs import INSTANT, PLAUSIBLE, Bad, instants, parquet

TIMES = [
    Bad(
        "mixed zones",
        instants("2026-01-05 10:00", "2026-01-05T02:00:00Z", "2026-01-05 03:00+01:00"),
        3,
        rows={"ordered_at": ["2026-01-05 02:00:00"] * 3},
    ),
    Bad(
        "two formats of dates undeclared",
        instants("2026-01-05 10:00", "05.01.2026 10:00"),
        1,
        {INSTANT: 1},
    ),
    Bad(
        "two formats of dates declared",
        instants("2026-01-05 10:00", "05.01.2026 10:00"),
        2,
        rows={"ordered_at": ["2026-01-05 02:00:00"] * 2},
        options='instants: [iso, "%d.%m.%Y %H:%M"]',
    ),
    Bad(
        "two formats that read a day differently",
        options='instants: ["%d/%m/%Y", "%m/%d/%Y"]',
        refused="shop.yaml, line 5: file 'export': instants: '%d/%m/%Y' and '%m/%d/%Y' read",
    ),
    Bad("day or month first, undeclared", instants("03/04/2026 10:00"), 0, {INSTANT: 1}),
    Bad(
        "day first, declared",
        instants("03/04/2026 10:00", "13/04/2026 10:00"),
        2,
        rows={"ordered_at": ["2026-04-03 02:00:00", "2026-04-13 02:00:00"]},
        options='instants: "%d/%m/%Y %H:%M"',
    ),
    Bad(
        "month first, declared, and a thirteenth",
        instants("03/04/2026", "13/04/2026"),
        1,
        {INSTANT: 1},
        options='instants: "%m/%d/%Y"',
    ),
    Bad(
        "UTC by its name, and a zone after a blank",
        instants(
            "2026-01-05 02:00:00 UTC",
            "2026-01-05 02:00 GMT",
            "2026-01-05 02:00:00Z",
            "2026-01-05 10:00:00 +0800",
            "2026-01-05 10:00:00 +08",
            "2026-01-04 21:00:00.0 -05:00",
        ),
        6,
        rows={"ordered_at": ["2026-01-05 02:00:00"] * 6},
    ),
    Bad(
        "hours to 12 with Chinese words, declared",
        instants(
            "2026/1/5 上午 10:00",
            "2026/1/5 下午 10:30",
            "2026/1/5 凌晨 12:05",
            "2026/1/5 中午 12:00",
        ),
        4,
        rows={
            "ordered_at": [
                "2026-01-05 02:00:00",
                "2026-01-05 14:30:00",
                "2026-01-04 16:05:00",
                "2026-01-05 04:00:00",
            ]
        },
        options='instants: "%Y/%m/%d %p %I:%M"',
    ),
    Bad(
        "hours to 12 without their half of the day",
        options='instants: "%Y-%m-%d %I:%M"',
        refused="shop.yaml, line 5: file 'export': instants == '%Y-%m-%d %I:%M': %I counts to 12 and needs %p",
    ),
    Bad(
        "a pattern without a day",
        options='instants: "%Y-%m %H:%M"',
        refused="shop.yaml, line 5: file 'export': instants == '%Y-%m %H:%M' tells no day: a day is missing (%d)",
    ),
    Bad(
        "a pattern without a month",
        options='instants: "%d %Y"',
        refused="shop.yaml, line 5: file 'export': instants == '%d %Y' tells no day: a month is missing",
    ),
    Bad(
        "UTC as plain text in a pattern of a shop in another zone",
        options='instants: "%Y-%m-%d %H:%M:%S UTC"',
        refused="shop.yaml, line 5: file 'export': instants == '%Y-%m-%d %H:%M:%S UTC' says UTC, the source says Asia/Shanghai",
    ),
    Bad(
        "a zone as plain text in a pattern of a shop in UTC",
        options='instants: "%Y-%m-%d %H:%M:%S +0800"',
        head="time_zone: UTC\ncurrency: CNY\n",
        refused="shop.yaml, line 5: file 'export': instants == '%Y-%m-%d %H:%M:%S +0800' says +0800, the source says UTC: write %z",
    ),
    Bad(
        "days of a spreadsheet, declared",
        instants("46027.4166666667", "46027"),
        2,
        rows={"ordered_at": ["2026-01-05 02:00:00", "2026-01-04 16:00:00"]},
        options="instants: spreadsheet days",
    ),
    Bad("1970", instants("1970-01-01 00:00:00"), 0, {PLAUSIBLE: 1}),
    Bad("the year 1", instants("0001-01-01 00:00:00"), 0, {PLAUSIBLE: 1}),
    Bad("the future", instants("2199-01-01 00:00:00"), 0, {PLAUSIBLE: 1}),
    Bad("a day that never was", instants("2026-02-30 10:00"), 0, {INSTANT: 1}),
    Bad(
        "an hour that a clock skipped",
        instants("2026-03-29 01:30"),
        0,
        {INSTANT: 1},
        head="time_zone: Europe/London\ncurrency: CNY\n",
    ),
    Bad(
        "an hour that a clock showed twice",
        instants("2025-10-26 01:30"),
        1,
        rows={"ordered_at": ["2025-10-26 01:30:00"]},
        head="time_zone: Europe/London\ncurrency: CNY\n",
    ),
    Bad("epoch seconds undeclared", instants("1767578400"), 0, {INSTANT: 1}),
    Bad(
        "epoch seconds declared, for a shop in Shanghai",
        instants("1767578400"),
        1,
        rows={"ordered_at": ["2026-01-05 02:00:00"]},
        options="instants: epoch seconds",
    ),
    Bad(
        "epoch milliseconds declared",
        instants("1767578400250"),
        1,
        rows={"ordered_at": ["2026-01-05 02:00:00.250000"]},
        options="instants: epoch milliseconds",
    ),
    Bad(
        "milliseconds declared as seconds",
        instants("1767578400250"),
        0,
        {PLAUSIBLE: 1},
        options="instants: epoch seconds",
    ),
    Bad(
        "seconds declared as milliseconds",
        instants("1767578400"),
        0,
        {PLAUSIBLE: 1},
        options="instants: epoch milliseconds",
    ),
    Bad(
        "epoch seconds as numbers undeclared",
        parquet(no=["1"], paid_at=[1767578400], amount=["1"], who=["u"]),
        file="export.parquet",
        refused="shop.yaml, line 7, orders: ordered_at is BIGINT, must be timestamp: cast it in the SELECT or declare",
    ),
]
