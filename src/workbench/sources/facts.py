"""What is known of an imported table without reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.sources.account import Taken
from workbench.sources.manifest import instant


@dataclass(frozen=True)
class Facts:
    """What an import found out about a table.

    Attributes:
        rows: Rows in the contract's table.
        columns: Columns that it has.
        unread: Columns of its file that the contract does not know; only a folder has any.
        first: First instant, in UTC without a zone; None where it has none.
        last: Last instant.
        given: The raw columns that each column is made of, by file; {} for a warehouse.
        taken: What orders brought, where files tell refunds.
    """

    rows: int
    columns: tuple[str, ...]
    unread: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    given: Mapping[str, Mapping[str, list[str]]]
    taken: Taken | None


def facts_of(table: Mapping[str, Any]) -> Facts:
    """Return what the manifest says of a table."""
    columns, unread = tuple(table["columns"]), tuple(table["unread"])
    ends = (instant(table["first"]), instant(table["last"]))
    taken = Taken(**table["taken"]) if table["taken"] else None
    return Facts(table["rows"], columns, unread, *ends, table["given"], taken)
