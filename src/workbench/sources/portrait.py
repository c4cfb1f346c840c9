"""What a cell shows of a source: its tables, its days, what was set aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from workbench.kit import words
from workbench.kit.blocks import Block, facts_block
from workbench.kit.drawing import frame_block
from workbench.periods import to_local


def portrait(
    heading: str,
    named: Mapping[str, str],
    tables: Mapping[str, Any],
    account: pd.DataFrame,
    time_zone: str,
) -> Block:
    """Return a source as a piece of a page: every table with its rows, days and lines set aside.

    Args:
        heading: The source's name.
        named: What else is told of it.
        tables: `rows`, `first` and `last` instant of each table.
        account: As `Source.account`.
        time_zone: The shop's.
    """
    head = facts_block(heading, named)
    rows = [
        (name, facts.rows, _day(facts.first, time_zone), _day(facts.last, time_zone))
        for name, facts in tables.items()
    ]
    there = pd.DataFrame(rows, columns=["table", "rows", "from", "to"])
    aside = account.groupby("table")[["excluded", "quarantined"]].sum()
    table = frame_block(there.join(aside, on="table"), rows=len(rows))
    return Block(f"{head.html}{table.html}", f"{head.text}\n{table.text}")


def _day(instant: datetime | None, time_zone: str) -> str:
    return "" if instant is None else words.day(to_local(instant, time_zone).date())
