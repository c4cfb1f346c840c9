"""The register of risks in a warehouse: the same queries, the same figures."""

from pathlib import Path

import ibis
import pandas as pd
import pytest
from postgres import OWNER, PASSWORD, server

from scopes import scope_of
from workbench import demo
from workbench.analyses.risk import assess
from workbench.kit.settings import Settings
from workbench.periods import Period, Week

NAMES = ("orders", "events", "complaints", "reviews", "spend", "contents", "incidents")


def register(tables, min_group):
    settings = Settings(Path(__file__).parents[2] / "parameters", source="demo")
    period = Period.weeks(Week(2026, 38), 26, demo.TIME_ZONE)
    return assess(
        scope_of(
            tables, period, currency=demo.CURRENCY, steps=demo.STEPS, settings=settings,
            min_group=min_group,
        )
    )  # fmt: skip


@pytest.mark.slow
def test_risks_are_told_in_the_warehouse_as_they_are_in_a_copy():
    made = demo.tables(users=1500)
    with server() as address:
        host, port = address.split(":")
        there = ibis.postgres.connect(
            host=host, port=int(port), user=OWNER, password=PASSWORD, database="postgres"
        )
        for name in NAMES:
            there.create_table(name, made[name])
        for min_group in (0, 10):
            found = register({name: there.table(name) for name in NAMES}, min_group)
            copied = register({name: ibis.memtable(made[name]) for name in NAMES}, min_group)
            for name, frame in copied.frames().items():
                pd.testing.assert_frame_equal(found.frames()[name], frame, obj=name)
        there.disconnect()
