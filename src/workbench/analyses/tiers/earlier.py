"""The thresholds that an earlier report was made with, found beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from workbench import project
from workbench.customers.thresholds import Thresholds, of_frame

PUBLISHED = "WORKBENCH_PUBLISHED"
"""The variable by which a runner names the folder of the weeks that it publishes."""

_FILE = "thresholds.parquet"


def kept(thresholds: Thresholds, **of: str | int) -> pd.DataFrame:
    """Return thresholds as the table that a report keeps.

    Args:
        thresholds: Those that the report was made with.
        of: `source`, `platform` ("" for all) and `base_weeks` that they hold for.
    """
    return thresholds.frame().assign(**of)


def earlier(week: str, **of: str | int) -> Thresholds | None:
    """Return the thresholds of the newest report on a week before this one; None without any.

    A run looks only among the reports that are published where it will be, so that no experiment
    sets the thresholds of the weekly pack. Elsewhere (JupyterLab, an app) all reports count but
    those whose thresholds somebody gave. A report on this very week that reused thresholds lends
    them again, so that it comes out the same although an older week was made meanwhile; one that
    learned its own, or was given them, does not count.

    Args:
        week: The report's week, `YYYY-Www`.
        of: As `kept`: thresholds of another source, platform or length of period are no use.
    """
    named = os.environ.get(PUBLISHED)
    reports = [path for path in (project.root() / "reports").glob("*") if path.is_dir()]
    for of_week, path in _newest_first([Path(named)] if named else reports):
        if of_week > week:
            continue
        frame = pd.read_parquet(path)
        if not all(name in frame and (frame[name] == value).all() for name, value in of.items()):
            continue
        found = of_frame(frame)
        is_own = of_week == week and set(frame["origin"]) != {"reused"}
        if found.week and not is_own and (named or found.origin == "learned"):
            return found
    return None


def _newest_first(targets: list[Path]) -> Iterator[tuple[str, Path]]:
    """The week and the thresholds of each report published under the targets."""
    found = [
        (path.relative_to(target).parts[0], path)
        for target in targets
        for path in target.glob(f"[0-9]*-W[0-9]*/results/**/{_FILE}")
    ]
    yield from sorted(found, reverse=True)
