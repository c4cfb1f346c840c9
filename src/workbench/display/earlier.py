"""What an earlier report made: the one way to it, of the same source and pack only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench import project, yaml_text
from workbench.display import records
from workbench.display.records import OWNER
from workbench.errors import SourceError
from workbench.periods import Week

if TYPE_CHECKING:
    from workbench.sources import Source

TARGET = "WORKBENCH_PUBLISHED"
"""The variable by which a runner names the folder of the weeks that it publishes."""


class Frames(Mapping[str, pd.DataFrame]):
    """The result tables of a report by name, each read when it is asked for.

    Args:
        folder: Where they lie as Parquet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> pd.DataFrame:
        path = self._folder / f"{name}.parquet"
        if not path.is_file():
            raise KeyError(name)
        return pd.read_parquet(path)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self._folder.glob("*.parquet")))

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True)
class Published:
    """A published report, as far as a later one may read it.

    Attributes:
        week: What it is about, `YYYY-Www`.
        frames: Its result tables by name.
        again: The report on the asked week itself, where it has been made before: a report that is
            made again comes out the same by what that one was made with.
        older: Those before it, the newest first, where this one has not what is wanted.
    """

    week: str
    frames: Mapping[str, pd.DataFrame]
    again: Published | None = None
    older: tuple[Published, ...] = ()


def published(shop: Source, week: str | Week, name: str) -> Published | None:
    """Return the newest published report of a notebook on a week before this one; None without any.

    A run looks only among the reports of its own source and pack (or notebook). Elsewhere
    (JupyterLab, an app) those of the packs that hold the notebook count. No trial ever counts.

    Args:
        shop: Only reports on the same source count.
        week: The report's week, `YYYY-Www` or `latest`.
        name: The notebook's name, such as `user_tiering`.
    """
    this = str(Week.of(shop.period("latest", 1).last)) if week == "latest" else str(week)
    found = {
        of_week: Published(of_week, _frames(folder, name))
        for of_week, folder in sorted(_weeks(name), reverse=True)
        if of_week <= this and _is_of(folder, shop, name)
    }
    again = found.pop(this, None)
    if not found and again is None:
        return None
    newest, *older = found.values() or [Published("", {})]
    return replace(newest, again=again, older=tuple(older))


def page(source: str, name: str) -> Path | None:
    """Return the newest page of a notebook that packs publish on a source, for anyone to read.

    Args:
        source: The source's name. Of a folder of tables, which no reader needs to know, there is none.
        name: The notebook's name.
    """
    for _week, folder in sorted(_weeks(name), reverse=True):
        record = records.read(folder).get(name)
        if (
            record
            and record.page
            and not record.is_trial
            and record.asked_for == record.source == source
        ):
            masked = [one.value for one in record.parameters if one.name.startswith("mask")]
            return folder / record.page if record.parameters and all(masked) else None
    return None


def _frames(folder: Path, name: str) -> Frames:
    """The owner's tables of a report; those of version 0.2 and before were nobody's own."""
    results = folder / "results"
    places = (results / OWNER / name, results / OWNER, results / name)
    return Frames(next((place for place in places if place.is_dir()), results))


def _weeks(name: str) -> Iterator[tuple[str, Path]]:
    """Every week that is published where this report belongs, with its folder."""
    named = os.environ.get(TARGET)
    reports = project.root() / "reports"
    of_packs = [source / pack for pack in _packs(name) for source in reports.glob("*")]
    for target in [Path(named)] if named else of_packs:
        yield from ((path.name, path) for path in target.glob("[0-9]*-W[0-9]*"))


def _packs(name: str) -> list[str]:
    """The packs that hold a notebook."""
    return [
        path.stem for path in (project.root() / "parameters").glob("*.yaml") if _holds(path, name)
    ]


def _holds(path: Path, name: str) -> bool:
    try:
        reports = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("a pack")[
            "reports"
        ]
        items = reports.value if isinstance(reports.value, list) else []
        return any(item.mapping("a report")["notebook"].value == name for item in items)
    except (SourceError, KeyError, UnicodeDecodeError):
        return False  # goals, levels and actions lie in the same folder


def _is_of(folder: Path, shop: Source, name: str) -> bool:
    record = records.read(folder).get(name)
    return (
        record is not None
        and bool(record.page)
        and not record.is_trial
        and record.source == shop.name
        and record.asked_for in ("", shop.asked_for)
    )
