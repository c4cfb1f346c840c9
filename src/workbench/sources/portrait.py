"""What a cell shows of a source: its tables, its days, what was set aside."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.kit import words
from workbench.kit.blocks import Block, facts_block
from workbench.kit.drawing import frame_block
from workbench.kit.sentences import say
from workbench.periods import to_local

if TYPE_CHECKING:
    from workbench.sources.source import Source


def portrait(source: Source) -> Block:
    """Return a source as a piece of a page: every table with its rows, days and lines set aside."""
    named = {
        say("Time zone"): source.time_zone,
        say("Currency"): source.currency,
        say("Contents"): source.fingerprint[:12],
    }
    if source.steps:
        named[say("Funnel")] = " → ".join(words.label(step) for step in source.steps)
    head = facts_block(source.name, named)
    lines = source.account.groupby("table")[["excluded", "quarantined"]].sum()
    rows = [
        {
            "table": name,
            "rows": facts.rows,
            "from": _day(facts.first, source),
            "to": _day(facts.last, source),
            **({} if name not in lines.index else lines.loc[name].to_dict()),
        }
        for name, facts in source.facts.items()
    ]
    table = frame_block(pd.DataFrame(rows), rows=len(rows))
    return Block(f"{head.html}{table.html}", f"{head.text}\n{table.text}")


def _day(instant: datetime | None, source: Source) -> str:
    return "" if instant is None else words.day(to_local(instant, source.time_zone).date())
