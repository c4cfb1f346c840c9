"""What is done about what is red: by whom, until when, and whether that is overdue."""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.analyses.risk.status import records
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, say_n, together

COLUMNS = (
    "status", "indicator", "owner", "due", "is_overdue", "treatment", "plan", "do", "check", "act",
    "escalate_to", "accepted_by", "accepted_until",
)  # fmt: skip

_NAMED = 3  # overdue responses that one sentence names


def responses(scope: Scope, register: pd.DataFrame) -> pd.DataFrame:
    """Return the responses to the reds of a register, and to the yellows for which one is written.

    Args:
        scope: Its playbook.
        register: Its rows.
    """
    rows = []
    for one in register.to_dict("records"):
        response = scope.settings.playbook.response(str(one["name"]), str(one["category"]))
        if one["status"] == "red" or (one["status"] == "yellow" and response is not None):
            written = {} if response is None else {**vars(response), **response.steps}
            own = {name: written.get(name) or None for name in COLUMNS}
            rows.append(
                own | {name: one[name] for name in ("status", "indicator", "due", "is_overdue")}
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def unneeded(register: pd.DataFrame) -> str:
    """Return why no response is told, in a sentence."""
    if (register["status"] == "yellow").any():
        return say(
            "Nothing is red, and for what is yellow no response is written in parameters/risk."
        )
    return say("Nothing is known to be red or yellow, so there is nothing to be done.")


def _overdue(done: pd.DataFrame) -> list[Finding]:
    """All that is overdue in one sentence."""
    late = done[done["is_overdue"].fillna(value=False).astype(bool)]
    if late.empty:
        return []
    if len(late) > _NAMED:
        said = say(
            "{n:count} responses are overdue, among them {names:list}.",
            n=len(late),
            names=list(late["indicator"].head(_NAMED)),
        )
    else:
        said = say_n(
            "{n:count} response is overdue: {names:list}.",
            "{n:count} responses are overdue: {names:list}.",
            len(late),
            names=list(late["indicator"]),
        )
    return [Finding.about("overdue", said, status="bad")]


def responded(scope: Scope, done: pd.DataFrame) -> list[Finding]:
    """Return which responses are overdue, whose acceptance ran out, and whom nobody answers for.

    Args:
        scope: What is looked at.
        done: The responses.
    """
    found = _overdue(done)
    for one in records(done):
        if one["is_overdue"]:
            said = say("Overdue: {indicator} was due on {due:day} by {owner}.", **one)
            if one["escalate_to"]:
                said = together(said, say("It goes to {escalate_to}.", **one))
            found.append(Finding.about("response", said, status="bad"))
        until = one["accepted_until"]
        if isinstance(until, date) and until < scope.period.last and one["status"] == "red":
            said = say("{accepted_by} accepted {indicator} until {accepted_until:day}; that ran out.",
                       **one)  # fmt: skip
            found.append(Finding.about("response", said, status="bad"))
        if not one["owner"]:
            said = say("{indicator} is red, and nobody is written to answer for it.", **one)
            found.append(Finding.about("response", said, status="bad"))
    return found
