"""Read a notebook's parameters cell: by its grammar, never by running it."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.errors import ParameterError, unknown
from workbench.parameters.parameter import TYPES, Parameter
from workbench.parameters.values import checked, refuse_secret

_FORM = "must be written as name: type = literal  # help"
_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})", flags=re.ASCII)
_OWNERS = "owner:"
_WORDS = re.compile(r"[\w.-]+(?: \| [\w.-]+)*")


def read(notebook: Path) -> tuple[Parameter, ...]:
    """Return what a notebook's parameters cell declares, in its order; none without such a cell.

    Raises:
        ParameterError: If the file is no notebook, has two such cells, or one breaks the grammar.
    """
    cells = [c for c in _cells(notebook) if "parameters" in c.get("metadata", {}).get("tags", [])]
    if not cells:
        return ()
    if len(cells) > 1:
        raise ParameterError(f"{notebook}: {len(cells)} cells are tagged 'parameters', must be one")
    return parse("".join(cells[0].get("source", "")), where=f"{notebook}, parameters cell")


def parse(source: str, *, where: str = "") -> tuple[Parameter, ...]:
    """Return the parameters that the text of a cell declares.

    Args:
        source: The cell's text, which is never run.
        where: The cell's place, for the error's line; empty where the cell is before the reader.

    Raises:
        ParameterError: If a line breaks the grammar.
    """
    try:
        statements = ast.parse(source).body
        comments = _comments(source)
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ParameterError(f"{where}, line {line}: is not Python") from None
    found: dict[str, Parameter] = {}
    for statement in statements:
        try:
            parameter = _declared(statement, comments, found)
        except ParameterError as error:
            place = f"{where}, line {statement.lineno}: " if where else ""
            raise ParameterError(f"{place}{error}") from None
        found[parameter.name] = parameter
    return tuple(found.values())


def _cells(notebook: Path) -> list[dict[str, Any]]:
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except OSError as error:
        raise ParameterError(f"{notebook}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        cells = None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ParameterError(f"{notebook}: is not a notebook")
    return cells


def _comments(source: str) -> dict[int, str]:
    """The comment of each line that has one, without its hash."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _declared(statement: ast.stmt, comments: dict[int, str], found: Container[str]) -> Parameter:
    if (
        not isinstance(statement, ast.AnnAssign)
        or not isinstance(statement.target, ast.Name)
        or statement.value is None
        or statement.lineno != statement.end_lineno
    ):
        raise ParameterError(_FORM)
    name, type_ = statement.target.id, ast.unparse(statement.annotation)
    refuse_secret(name)
    if name in found:
        raise ParameterError(f"'{name}' is declared twice")
    if type_ not in TYPES:
        raise ParameterError(unknown("type", type_, TYPES))
    try:
        default = ast.literal_eval(statement.value)
    except (ValueError, TypeError):
        raise ParameterError(f"the default of '{name}' is not a literal; it {_FORM}") from None
    if isinstance(default, str) and type_ != "str":
        raise ParameterError(f"the default of '{name}' is text, must be {TYPES[type_]}")
    if "=" in str(default):
        # papermill reads the line with a pattern that takes the last equals sign for its own.
        raise ParameterError(f"the default of '{name}' holds an equals sign")
    comment = comments.get(statement.lineno, "")
    help_ = comment.removeprefix(_OWNERS).strip()
    if not help_:
        raise ParameterError(f"'{name}' has no help; it {_FORM}")
    words, bounds = _allowed(name, type_, help_)
    is_owners = comment.startswith(_OWNERS)
    parameter = Parameter(name, type_, default, help_, words, bounds, is_owners)
    return replace(parameter, default=checked(parameter, default))


def _allowed(
    name: str, type_: str, help_: str
) -> tuple[tuple[str, ...], tuple[float, float] | None]:
    """What stands before the help's first colon, where that is a range or words."""
    before, colon, _after = help_.partition(":")
    before = before.strip()
    if not colon:
        return (), None
    numbers = _RANGE.fullmatch(before)
    if numbers:
        low, high = (ast.literal_eval(number) for number in numbers.groups())
        if type_ not in {"int", "float"} or low > high:
            raise ParameterError(f"the range {before} of '{name}' fits no value of type {type_}")
        return (), (low, high)
    if not _WORDS.fullmatch(before):
        return (), None
    if type_ not in {"str", "list[str]"}:
        raise ParameterError(f"the words '{before}' of '{name}' fit no value of type {type_}")
    return tuple(before.split(" | ")), None
