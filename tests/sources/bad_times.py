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
