"""What `workbench new-source NAME FILE…` does before the check."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.errors import unknown
from workbench.kit import words
from workbench.kit.sentences import say
from workbench.periods import Week
from workbench.proposals.asking import answers
from workbench.proposals.declared import Question
from workbench.proposals.looking import look
from workbench.proposals.naming import check
from workbench.proposals.proposal import Proposal, propose


def make(
    name: str,
    paths: Sequence[Path],
    target: Path,
    root: Path,
    ask: Callable[[str], str] | None,
    tell: Callable[[str], None],
) -> Proposal:
    """Write the source file that is proposed for some files.

    Args:
        name: The source's name.
        paths: Files and folders.
        target: Where the source file is written; never over another.
        root: The project's folder: paths within it are written from there.
        ask: Shows a prompt and returns a line; None takes every proposal.
        tell: Shows a line.

    Raises:
        ParameterError: If the target came to be meanwhile.
        SourceError: If a file cannot be read, or no table can be made of them.
    """
    looked, notes = look(paths, root)
    proposal = propose(name, looked, notes, {})
    if ask is not None and proposal.questions:
        columns = [column.name for each in looked for column in each.file.columns]
        told = answers(proposal.questions, ask, tell, lambda q, text: _wrong(q, text, columns))
        proposal = propose(name, looked, notes, told)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(proposal.text)
    except FileExistsError:
        check(name, target)
    return proposal


def next_step(name: str, proposal: Proposal, today: date) -> str:
    """Return the command that makes a first report of a source."""
    if "events" in proposal.tables and "orders" in proposal.tables:
        return f"workbench run weekly --source {name}"
    if {"events", "orders"} & set(proposal.tables):
        notebook, week = "user_tiering" if "orders" in proposal.tables else "funnel_diagnosis", ""
    elif "features" in proposal.tables:
        # Outcomes have no day: somebody must say which week they stand for, the latest one here.
        notebook, week = "churn_prediction", f" --week {Week.of(today).plus(-1)}"
    else:
        return f"workbench check {name}"
    path = os.path.join("notebooks", notebook)  # noqa: PTH118 - as a person writes it
    return f"workbench run {path}.ipynb --source {name}{week}"


def _wrong(question: Question, text: str, columns: Sequence[str]) -> str:
    """What is wrong with an answer, "" where nothing is."""
    if question.options and text not in question.options:
        return unknown("answer", text, question.options)
    if question.key == "time_zone":
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return say(
                "unknown time zone '{zone}', must be an IANA name such as Asia/Shanghai", zone=text
            )
    if question.key == "currency":
        try:
            words.currency_style(text)
        except ValueError as error:
            return str(error)
    if question.key == "user_id" and text not in columns:
        return unknown("column", text, columns)
    return ""
