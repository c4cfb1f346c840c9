"""Carry a plan out: run, verify and export each report, then publish what may be published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from workbench.display import records
from workbench.display.records import OWNER, PUBLIC, Record
from workbench.errors import (
    MissingData,
    MissingDays,
    ParameterError,
    RunError,
    SourceError,
    UnusableData,
)
from workbench.kit import findings, words
from workbench.kit.findings import Finding
from workbench.kit.language import translated
from workbench.runs import cells, export, overview, pages, places, publish, takeover, verify
from workbench.runs.execute import LOG, RESULTS, Execution, execute
from workbench.runs.plans import Plan, Report
from workbench.runs.progress import Progress

_NO_WEEK = "failed"
_KINDS = (
    ParameterError,
    MissingData,
    MissingDays,
    SourceError,
)  # of errors: what was asked, the data


@dataclass(frozen=True)
class _Outcome:
    """What came of one report: its record, and the folder with its page and tables.

    Attributes:
        record: What readers are told.
        folder: Where its page and tables are.
        refused: Why a parameter turned out impossible with the data; "" where none did.
        lacks: What the source would need to have for it; "" where it has that.
        unusable: Whether it failed because the data cannot be used as they are.
    """

    record: Record
    folder: Path
    refused: str = ""
    lacks: str = ""
    unusable: bool = False


def run(plan: Plan, root: Path, progress: TextIO, out: Path | None = None) -> Path:
    """Run a plan's reports and publish them under reports/SOURCE/NAME/WEEK/, or among the trials.

    Args:
        plan: What to run.
        root: The project's folder.
        progress: Where a line for each cell goes.
        out: Where to publish in place of the project's reports/.

    Returns:
        The page to open first.

    Raises:
        UnusableData: If all reports that failed did so because the data cannot be used.
        RunError: If a report failed. Those that did not are published; of one that did, the last
            good page stays as it was, with a failure page beside it.
        ParameterError: If somebody asked for what only the data show to be impossible, in every
            report; then nothing is published.
    """
    try:
        return _run(plan, root, Progress(progress), out)
    except OSError as error:
        place = error.filename or "reports"
        raise RunError(f"'{place}' cannot be written: {error.strerror or error}") from error


def _run(plan: Plan, root: Path, progress: Progress, out: Path | None) -> Path:
    reports = out or root / "reports"
    if plan.tried:
        progress.tell(pages.trial_sentence(plan.tried))
    reports.mkdir(parents=True, exist_ok=True)
    publish.free_lock(reports, progress.tell)
    if out is None:
        takeover.take_over(reports, progress.tell)
    publish.clear_folders(reports, places.place(plan, reports).target, progress.tell)
    target, official = places.claimed(plan, reports)
    with publish.workspace(target, progress.tell) as folder:
        outcomes = _outcomes(plan, folder, official, root, progress)
        week = _week(plan, outcomes, target)
        place = target / week
        publish.clear_way(place, progress.tell)
        found = _assemble(plan, outcomes, place, folder / week)
        failed = [record for record in found if record.failure]
        with publish.uninterrupted():
            publish.swap(folder / week, place)
            if not failed:
                shutil.rmtree(target / _NO_WEEK, ignore_errors=True)
                publish.point_to_latest(target, progress.tell)
            overview.write(reports, progress.tell)
    if failed:
        reasons = (
            f"{one.name} failed: {one.failure} ({os.path.relpath(place / one.failure_page)})"
            for one in failed
        )
        is_of_data = all(one.unusable for one in outcomes if one.record.failure)
        raise (UnusableData if is_of_data else RunError)("; ".join(reasons))
    return place / ("index.html" if plan.is_pack else found[0].page)


def _outcomes(
    plan: Plan, folder: Path, official: Path, root: Path, progress: Progress
) -> list[_Outcome]:
    """Run every report of a plan; those that lack a table are left out of a pack.

    Raises:
        ParameterError: If what was asked for is refused by every report that got so far.
    """
    outcomes = [
        _outcome(plan, report, folder / report.name, official, root, progress)
        for report in plan.reports
    ]
    others = [one for one in outcomes if not one.lacks]
    if plan.is_asked and others and all(one.refused for one in others):
        raise ParameterError(others[0].refused)
    if not others or not plan.is_pack:
        return outcomes
    for one in outcomes:
        if one.lacks:
            progress.tell(f"{one.record.name} is left out: {one.lacks}")
    return [
        replace(one, record=replace(one.record, failure="", failed_at="", skipped=one.lacks))
        if one.lacks
        else one
        for one in outcomes
    ]


def _outcome(
    plan: Plan, report: Report, folder: Path, official: Path, root: Path, progress: Progress
) -> _Outcome:
    """Run one report into its folder: its page and tables, or its failure page."""
    folder.mkdir()
    execution = execute(report, folder, official, root, progress)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    title = cells.title(execution.notebook, report.name)
    start = Record(report.name, title, parameters=report.settings, is_trial=bool(plan.tried))
    notice = pages.trial(plan.tried)
    try:
        finish = verify.notebook(execution, folder / RESULTS)
        doubts = tuple(Finding(doubt, status="bad") for doubt in finish.doubts)
        platforms = (words.label(str(s.value)) for s in report.settings if s.name == "platform")
        shown = (finish.source, *platforms, str(finish.week), finish.period)
        subtitle = " · ".join(filter(None, shown))
        html = _exported(
            execution,
            title=title,
            subtitle=subtitle,
            notice=notice + findings.listed(doubts),
            ending=pages.parameters(report.settings),
        )
        verify.page(html, finish)
    except RunError as error:
        return _failed(folder, execution, replace(start, failure=str(error), failed_at=now), notice)
    record = replace(
        start,
        week=str(finish.week),
        source=finish.source,
        asked_for=finish.asked_for,
        ran_at=now,
        findings=(*doubts, *_findings(execution)),
    )
    (folder / record.page).write_text(html, encoding="utf-8")
    return _Outcome(record, folder)


def _said(execution: Execution, kind: type[Exception]) -> str:
    """What an error of ours said that ended a notebook; "" where none of that kind did."""
    _code, error = cells.failure(execution.notebook) or ("", None)
    return str(error.evalue) if error and error.ename == kind.__name__ else ""


def _exported(execution: Execution, **given: str) -> str:
    try:
        return export.to_html(execution.notebook, **given)
    except Exception as error:
        raise RunError(f"no page can be made of it: {error}".splitlines()[0]) from error


def _failed(folder: Path, execution: Execution, record: Record, notice: str) -> _Outcome:
    code, error = cells.failure(execution.notebook) or ("", None)
    log = folder / LOG
    page = pages.failure(
        record,
        above=notice,
        code=code,
        traceback="\n".join(error.traceback) if error else "",
        log=log.read_text(encoding="utf-8", errors="replace") if log.exists() else "",
    )
    (folder / record.failure_page).write_text(page, encoding="utf-8")
    refused, lacks, *others = (_said(execution, kind) for kind in _KINDS)
    return _Outcome(record, folder, refused, lacks, unusable=bool(lacks or any(others)))


def _findings(execution: Execution) -> tuple[Finding, ...]:
    return tuple(
        Finding(**one)
        for _, cell in cells.code(execution.notebook)
        for shown in cells.outputs(cell, findings.MIME)
        for one in shown
    )


def _week(plan: Plan, outcomes: Sequence[_Outcome], target: Path) -> str:
    """The folder to publish in: the week of the pages, or that of the page that stays.

    Which week is the latest only the data know. Where no report got so far, its failure page
    belongs beside the newest page.
    """
    made = [outcome.record.week for outcome in outcomes if outcome.record.week]
    asked = [report.week for report in plan.reports if report.week]
    newest = publish.weeks(target)[-1:]
    return max(made or asked or newest, default=_NO_WEEK)


def _assemble(
    plan: Plan, outcomes: Sequence[_Outcome], place: Path, new: Path
) -> tuple[Record, ...]:
    """Fill the folder that is to stand at `place`; a failed report keeps the page it had there."""
    before = records.read(place)
    new.mkdir()
    found = []
    for outcome in outcomes:
        record = outcome.record
        own = record.name if plan.is_pack else ""
        good = before.get(record.name)
        if record.failure:
            shutil.copy2(outcome.folder / record.failure_page, new)
            if good and good.page:
                record = replace(good, failure=record.failure, failed_at=record.failed_at)
                shutil.copy2(place / record.page, new)
                _copy_tables(place / RESULTS, own, new / RESULTS, own)
        elif record.page:
            shutil.copy2(outcome.folder / record.page, new)
            _copy_tables(outcome.folder / RESULTS, "", new / RESULTS, own)
        found.append(record)
    records.write(new, found)
    if plan.is_pack:
        week = "" if place.name == _NO_WEEK else place.name
        index = pages.index(translated(plan.title), week, found, pages.trial(plan.tried))
        (new / "index.html").write_text(index, encoding="utf-8")
    return tuple(found)


def _copy_tables(tables: Path, name: str, new: Path, own: str) -> None:
    """Copy a report's tables, the owner's and those for readers, into the folder to publish.

    A page that stays may be of version 0.2 or before, whose tables were not told apart.
    """
    parts = [(tables / part / name, new / part / own) for part in (OWNER, PUBLIC)]
    for old, there in parts if (tables / OWNER).is_dir() else [(tables / name, new / own)]:
        if old.is_dir():
            shutil.copytree(old, there)
