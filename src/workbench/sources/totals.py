"""Lines that are sums of others: a total at the end of a file is no order, and doubles its money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.sources.checks import reason

NO_SUM = "the line is an order, and no sum of other lines"
_WORDS = (
    "合计", "总计", "小计", "总额", "汇总", "共计", "累计", "合计：", "总计：", "小计：", "合计:", "总计:", "小计:",
    "Total", "total", "TOTAL", "Totals", "totals", "Total:", "Subtotal", "subtotal", "Grand total",
    "Grand Total", "grand total", "Sum", "sum", "SUM", "Summe", "Gesamt", "Gesamtsumme", "本页小计", "本页合计", "总金额", "金额合计", "订单合计", "Summary",
)  # fmt: skip
_MANY = 10  # amounts of other lines whose sum no order equals by chance
_FEW = 2  # as many where the line has neither a user nor a figure in its number
_STRIDE = 16_384  # rows that are looked at at a time: each sum that is found begins anew


def told() -> str:
    """Return why a sum of others is set aside."""
    return reason(NO_SUM)


@dataclass
class Totals:
    """What the lines of one file were worth so far.

    Attributes:
        whole: In minor units, sums of others apart.
        since: The same since the last sum.
        wholes: Lines of them that are worth something.
        sinces: The same since the last sum.
    """

    whole: int = 0
    since: int = 0
    wholes: int = 0
    sinces: int = 0

    def find(self, rows: pa.Table) -> npt.NDArray[np.bool_]:
        """Return which of the next rows are sums of others.

        Args:
            rows: As the taps yield them, with an amount.
        """
        sound = pc.is_null(rows["__why"]).to_numpy()
        amounts = np.where(sound, pc.fill_null(rows["amount"], 0).to_numpy(), 0)
        found = np.zeros(rows.num_rows, bool)
        is_named, is_bare = _named(rows)
        start = 0
        while start < rows.num_rows:
            here = slice(start, start + _STRIDE)
            step = self._first(amounts[here], is_bare[here], is_named[here] & sound[here])
            taken = amounts[here] if step is None else amounts[start : start + step]
            worth, many = int(taken.sum()), int((taken > 0).sum())
            self.whole, self.wholes = self.whole + worth, self.wholes + many
            self.since, self.sinces = self.since + worth, self.sinces + many
            if step is not None:
                found[start + step] = True
                self.since = self.sinces = 0
            start += len(taken) + (step is not None)
        return found

    def _first(
        self,
        amounts: npt.NDArray[np.int64],
        is_bare: npt.NDArray[np.bool_],
        is_named: npt.NDArray[np.bool_],
    ) -> int | None:
        """The first row that is a sum of those before it."""
        above = np.cumsum(amounts) - amounts
        filled = amounts > 0
        before: npt.NDArray[np.int64] = np.cumsum(filled) - filled
        most = np.where(is_bare, _FEW, _MANY)
        equals = filled & (
            ((amounts == self.whole + above) & (self.wholes + before >= most))
            | ((amounts == self.since + above) & (self.sinces + before >= most))
        )
        found = np.flatnonzero(equals | is_named)
        return int(found[0]) if found.size else None


def _named(rows: pa.Table) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which rows are called a sum, and which have neither a user nor a figure in their number."""
    named, bare = np.zeros(rows.num_rows, bool), np.zeros(rows.num_rows, bool)
    if "user_id" in rows.column_names:
        asked = pc.is_null(rows["user_id"]).to_numpy()
    else:
        asked = ~pc.match_substring_regex(rows["order_id"], r"\d").fill_null(True).to_numpy()  # noqa: FBT003 - Arrow takes it so
    places = np.flatnonzero(asked)
    if places.size:
        numbers = rows["order_id"].take(pa.array(places))
        named[places] = pc.is_in(numbers, pa.array(_WORDS)).to_numpy()
        has_figure = pc.match_substring_regex(numbers, r"\d").fill_null(True)  # noqa: FBT003 - as above
        bare[places] = ~has_figure.to_numpy()
    return named, bare
