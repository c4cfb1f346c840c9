"""Who is told: the owner everything, others nothing of a group of a few users.

A process tells once who its readers are, as it does for the language; a scope takes with it from
how many users on a group is told of, so that what is computed depends on the scope alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from workbench.kit.sentences import say

Audience = Literal["owner", "published", "live"]
"""JupyterLab and Python; readers of a published page; viewers of a served one."""

RESULTS, APP = "WORKBENCH_RESULTS", "VOILA_BASE_URL"
"""The variables that a run, and an app's server, set for their kernels: by these a process knows."""

MIN_GROUP = 10
"""Users, under which others are told nothing of what a group has."""

_chosen: ContextVar[Audience] = ContextVar("audience")
_readers: list[Audience] = ["owner"]  # of the process: a callback of a widget has another context


def audience() -> Audience:
    """Return who is told here and now."""
    return _chosen.get(_readers[-1])


def tell(variables: Mapping[str, str]) -> None:
    """Choose the readers of this process by the variables of its environment."""
    _readers[-1] = "live" if APP in variables else "published" if RESULTS in variables else "owner"


@contextmanager
def telling(who: Audience) -> Iterator[None]:
    """Tell others within a `with` block."""
    token = _chosen.set(who)
    try:
        yield
    finally:
        _chosen.reset(token)


def min_group() -> int:
    """Return from how many users on these readers are told of a group; 0 for the owner."""
    return 0 if audience() == "owner" else MIN_GROUP


def note(least: int, *, is_needed: bool) -> str:
    """Return what a dash in place of a figure means, where one is drawn; else nothing."""
    if not is_needed:
        return ""
    return say(
        "–: fewer than {least:count} users, or what would give away the figures of so few.",
        least=least,
    )
