"""The demo shop at its default seed, made once, and a way to ask it questions."""

import duckdb
import pytest

from workbench import demo


@pytest.fixture(scope="session")
def shop():
    return demo.tables()


@pytest.fixture(scope="session")
def calm_shop():
    return demo.tables(incidents=False)


def _asking(tables):
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for name, table in tables.items():
        connection.register(name, table)

    def ask(question, **parts):
        return connection.sql(question.format(**parts)).fetchall()

    return ask


@pytest.fixture(scope="session")
def ask(shop):
    """SQL over the default shop, its {parts} filled in, answered as a list of rows."""
    return _asking(shop)


@pytest.fixture(scope="session")
def ask_calm(calm_shop):
    """The same over a shop in which nothing goes wrong."""
    return _asking(calm_shop)
