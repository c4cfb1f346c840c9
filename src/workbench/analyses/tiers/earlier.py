"""The thresholds that an earlier report was made with, found beside it."""

from __future__ import annotations

import pandas as pd

from workbench import project
from workbench.analyses.tiers.thresholds import Thresholds, of_frame

_FILE = "thresholds.parquet"
_OF = ("source", "platform", "base_weeks")


def kept(thresholds: Thresholds, **of: str | int) -> pd.DataFrame:
    """Return thresholds as the table that a report keeps.

    Args:
        thresholds: Those that the report was made with.
        of: `source`, `platform` ("" for all) and `base_weeks` that they hold for.
    """
    return thresholds.frame().assign(**of)


def earlier(week: str, **of: str | int) -> Thresholds | None:
    """Return the thresholds of the newest report on a week before this one; None without any.

    The week itself does not count: a report that is made again comes out the same.

    Args:
        week: The report's week, `YYYY-Www`.
        of: As `kept`: thresholds of another source, platform or length of period are no use.
    """
    found = [
        (path.relative_to(reports).parts[1], path)
        for reports in [project.root() / "reports"]
        for path in reports.glob(f"*/[0-9]*-W[0-9]*/results/**/{_FILE}")
    ]
    for _week, path in sorted((one for one in found if one[0] < week), reverse=True):
        frame = pd.read_parquet(path)
        if all(name in frame and (frame[name] == value).all() for name, value in of.items()):
            return of_frame(frame)
    return None
