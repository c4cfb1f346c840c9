"""The tables of a shop, as the engine holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.errors import MissingData, unknown
from workbench.stats.disclosure import folded
from workbench.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

_BY_PLATFORM = ("events", "orders", "users")


class Tables(Mapping[str, "ir.Table"]):
    """Tables of a shop by name; each is an attribute too, or MissingData.

    Args:
        tables: By name.
        source: The shop's name, for errors.
        lacking: Tables of the shop that are left out, each with the column that it would need.
    """

    __eq__, __hash__ = object.__eq__, object.__hash__  # what the engine holds is not compared

    def __init__(
        self,
        tables: Mapping[str, ir.Table],
        source: str = "",
        lacking: Mapping[str, str] | None = None,
    ) -> None:
        self._tables, self._source = dict(tables), source
        self.lacking = dict(lacking or {})

    def __getitem__(self, name: str) -> ir.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_") or name not in TABLES:
            raise AttributeError(unknown("table", name, TABLES))
        if name in self.lacking:
            raise MissingData(f"the {name} here have no column '{self.lacking[name]}'")
        if name not in self._tables:
            has = ", ".join(self._tables)
            raise MissingData(f"source '{self._source}' has no table '{name}', only: {has}")
        return self._tables[name]

    def __dir__(self) -> list[str]:
        return [*self._tables, "each", "lacking", "on"]

    def on(self, platform: str) -> Tables:
        """Return the tables with only the events, orders and users of a platform; empty means all.

        A table that does not tell of platforms stays as it is.
        """

        def cut(name: str, table: ir.Table) -> ir.Table:
            is_cut = platform and name in _BY_PLATFORM and "platform" in table.columns
            return table.filter(table.platform == platform) if is_cut else table

        return self.each(cut)

    def each(self, change: Callable[[str, ir.Table], ir.Table]) -> Tables:
        """Return the tables as `change`, given a name and its table, makes them."""
        changed = {name: change(name, table) for name, table in self.items()}
        return Tables(changed, self._source, self.lacking)


def frame(table: ir.Table) -> pd.DataFrame:
    """Return a small table as pandas."""
    found: pd.DataFrame = table.to_pyarrow().to_pandas()
    return found


def told_apart(rows: ir.Table, column: str, least: int) -> tuple[str, ...]:
    """Return the values of a column that have users enough to be told of, sorted.

    Those that are not have too few, or the rest would without them: see `disclosure.folded`.

    Args:
        rows: With a `user_id`; a user may have several values.
        column: Whose values.
        least: Users.
    """
    named = rows.select("user_id", value=rows[column].cast("string"))
    sizes = frame(named.group_by("value").agg(users=named["user_id"].nunique()))
    few = folded(sizes["users"].to_numpy(), least, overlap=True)
    kept = sizes.loc[~few & (sizes["users"] > 0).to_numpy(), "value"]
    return tuple(sorted(kept.dropna()))
