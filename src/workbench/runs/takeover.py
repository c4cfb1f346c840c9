"""Weeks of the older layout, `reports/PACK/WEEK`, each moved once to where they are published now."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.display import records
from workbench.errors import RunError
from workbench.runs import locks, places, publish
from workbench.runs.publish import Tell

_NAMED = ".older"  # in a folder of which weeks stay: they were named, and are not again


def take_over(reports: Path, tell: Tell) -> None:
    """Move every week of the older layout to the folder of the source that its `run.json` names.

    Each goes by one rename, and what a kill leaves undone the next start does. Nothing is deleted
    but the older layout's own links and locks. A week stays where it is, and is named once, if its
    `run.json` cannot be read or names no source, or its new place is taken.

    Args:
        reports: The folder of all reports, which is there.
        tell: Told what was moved, in a line for each pack or notebook.
    """
    with locks.moment(reports):
        for folder in sorted(one for one in reports.iterdir() if one.is_dir()):
            try:
                if not folder.is_symlink() and _is_older(folder, reports):
                    _take(folder, reports, tell)
            except RunError:
                continue  # a run of the one or the other layout is under way: at the next start
            except OSError as error:
                tell(f"{folder.name}: cannot be taken over from the older layout: {error.strerror}")


def _is_older(folder: Path, reports: Path) -> bool:
    """Whether a folder is a pack's or notebook's of the older layout, with something left to do."""
    is_new = not (folder / _NAMED).exists()
    return (folder / locks.FILE).is_file() or any(
        is_new or _goal(week, reports) for week in _weeks(folder)
    )


def _weeks(folder: Path) -> list[Path]:
    """The weeks in a folder. What has a lock or an owner is a pack or source that is named so."""
    found = [folder / week for week in publish.weeks(folder)]
    return [one for one in found if not (one / locks.FILE).exists() and not places.is_claimed(one)]


def _asked(week: Path) -> tuple[str, ...]:
    """What a week's reports were asked for by; () where that cannot be read, or lies elsewhere."""
    if week.resolve().parent != week.parent.resolve():
        return ()
    found = (record.asked_for or record.source for record in records.read(week).values())
    return tuple(dict.fromkeys(filter(None, found)))


def _goal(week: Path, reports: Path) -> Path | None:
    """Where a week belongs; None where it stays."""
    asked = _asked(week)
    place = places.of_source(reports, asked) / week.parent.name / week.name
    return place if asked and not os.path.lexists(place) else None


def _take(folder: Path, reports: Path, tell: Tell) -> None:
    """Move the weeks of one pack or notebook."""
    with locks.held(folder):
        publish.heal(folder)
        weeks = _weeks(folder)
        moved = [target for week in weeks if (target := _moved(week, reports))]
        for source in places.of_sources(reports):
            target = source / folder.name
            if target.is_dir() and publish.weeks(
                target
            ):  # also of a start that was killed before this
                with locks.held(target):
                    publish.point_to_latest(target, tell)
        if moved:
            now = ", ".join(sorted({str(target.relative_to(reports)) for target in moved}))
            tell(f"{folder.name}: weeks of the older layout are now in {now} ({len(moved)})")
        stay = [week.name for week in weeks if os.path.lexists(week)]
        if stay and not (folder / _NAMED).exists():
            tell(
                f"{folder.name}: {', '.join(stay)} stays in the older layout: its run.json cannot be "
                "read or names no source, or its new place is taken"
            )
            (folder / _NAMED).touch()
        _clear(folder, is_done=not stay)


def _moved(week: Path, reports: Path) -> Path | None:
    """Move a week, and return the folder of weeks that it is in now; None where it stays."""
    asked, place = _asked(week), _goal(week, reports)
    if place is None:
        return None
    places.claim(place.parent.parent, asked)
    place.parent.mkdir(exist_ok=True)
    with locks.held(place.parent):
        publish.move(week, place)
    return place.parent


def _clear(folder: Path, *, is_done: bool) -> None:
    """Remove the older layout's own links and lock, and the folder if nothing else is in it."""
    for one in folder.iterdir():
        if one.is_symlink() and not one.exists() and publish.is_own_link(one):
            one.unlink()
    if is_done:
        (folder / _NAMED).unlink(missing_ok=True)
    (folder / locks.FILE).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
