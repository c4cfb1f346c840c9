"""What is done about what is red: by whom, until when, and whether that is overdue."""

from __future__ import annotations

import pandas as pd

from workbench.kit.scope import Scope

COLUMNS = (
    "status", "indicator", "owner", "due", "is_overdue", "treatment", "plan", "do", "check", "act",
    "escalate_to", "accepted_by", "accepted_until",
)  # fmt: skip


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
            rows.append(own | {name: one[name] for name in ("status", "indicator", "due", "is_overdue")})
    return pd.DataFrame(rows, columns=list(COLUMNS))
