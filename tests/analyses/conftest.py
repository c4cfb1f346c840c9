"""The demo shop at its default seed, for the analyses that recover what is planted in it."""

import ibis
import pytest

from workbench import demo
from workbench.periods import Period, Week


@pytest.fixture(scope="session")
def demo_tables():
    return {name: ibis.memtable(table) for name, table in demo.tables().items()}


@pytest.fixture(scope="session")
def demo_period():
    return Period.weeks(Week(2026, 40), 4, demo.TIME_ZONE)
