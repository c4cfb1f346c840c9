"""The limits of a notebook's parameters, whoever runs its cells: papermill, or an analyst's hand.

A run from the command line or an app was checked before it began. In a kernel that somebody else
started, the first call of a notebook looks at what was executed before it: the parameters cell says
what is allowed, the cells' values are what is given.
"""

from __future__ import annotations

import ast
import builtins
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench import parameters, sources
from workbench.errors import ParameterError, unknown
from workbench.parameters import Parameter

_INJECTED = "# Parameters"  # how the cell begins that papermill writes
_NOTEBOOK = "JPY_SESSION_NAME"  # by which Jupyter's server names a kernel's notebook


def connect(name: str) -> sources.Source:
    """Open a source as the contract's tables, once the notebook's parameters are what they may be.

    Args:
        name: As for `workbench.sources.connect`.

    Raises:
        ParameterError: If it is unknown; in a notebook also as on the command line, if a parameter
            is unknown, of the wrong type, or out of its limits.
        SourceError: As for `workbench.sources.connect`.
    """
    _check()
    return sources.connect(name)


def _check() -> None:
    """Check the values of this kernel's notebook; texts become values of the declared type."""
    shell = getattr(builtins, "get_ipython", lambda: None)()
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    if shell is None or not history:
        return
    given, current = _assigned(history), history[-1]
    declared = _declared(history)
    if not declared:
        return
    names = {one.name for one in declared}
    _refuse_unknown(names, given, _missing(current, shell.user_ns))
    values = {name: shell.user_ns[name] for name in names if name in shell.user_ns}
    shell.user_ns.update(parameters.check(declared, values))


def _declared(history: Iterable[str]) -> tuple[Parameter, ...]:
    """What the newest parameters cell declares; where a line of it is bare, the one before it.

    Raises:
        ParameterError: If no cell does, and the newest one breaks the grammar or its own limits.
    """
    cells = [cell for cell in history if _declares(cell)]
    for cell in reversed(cells):
        bare = any(isinstance(line, ast.Assign) for line in ast.parse(cell).body)
        if not bare:
            return parameters.parse(cell)
    stored = Path(os.environ.get(_NOTEBOOK, ""))
    try:
        return parameters.read(stored) if cells and stored.is_file() else ()
    except ParameterError:
        return ()


def _declares(cell: str) -> bool:
    """Whether a cell is one of parameters: lines with a type, and nothing but values."""
    body = _statements(cell)
    typed = [one for one in body if isinstance(one, ast.AnnAssign)]
    return 2 * len(typed) > len(body) and all(_is_value(one) for one in body) and "#" in cell


def _assigned(history: Iterable[str]) -> list[str]:
    """The names that a runner, or a line within a parameters cell, gives a value."""
    lines: list[ast.stmt] = []
    for cell in history:
        if cell.startswith(_INJECTED) or _declares(cell):
            lines += _statements(cell)
    names = [one.targets[0] for one in lines if isinstance(one, ast.Assign) and _is_value(one)]
    return [one.id for one in names if isinstance(one, ast.Name)]


def _refuse_unknown(names: set[str], given: Iterable[str], missing: Iterable[str]) -> None:
    for name in given:
        if name not in names:
            raise ParameterError(unknown("parameter", name, names))
    for name in missing:  # a cell reads what was declared under a name that is nearly that
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        if near and name not in names:
            raise ParameterError(unknown("parameter", near[0], [name]))


def _missing(cell: str, there: Mapping[str, Any]) -> list[str]:
    """The names that a cell reads and nothing has given a value."""
    nodes = [one for line in _statements(cell) for one in ast.walk(line)]
    named = [one for one in nodes if isinstance(one, ast.Name)]
    written = {one.id for one in named if isinstance(one.ctx, ast.Store)}
    written |= {one.arg for one in nodes if isinstance(one, ast.arg)}
    known = {*written, *there, *dir(builtins)}
    return [one.id for one in named if isinstance(one.ctx, ast.Load) and one.id not in known]


def _statements(cell: str) -> list[ast.stmt]:
    try:
        return ast.parse(cell).body
    except (SyntaxError, ValueError):  # a magic, or what the analyst has just mistyped
        return []


def _is_value(line: ast.stmt) -> bool:
    if isinstance(line, ast.Assign):
        return len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)
    return isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
