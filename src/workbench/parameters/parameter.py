"""What one line of a parameters cell says."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | float | bool | list[str]

WEEK = "YYYY-Www"

TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list[str]": 'a list such as ["a", "b"] or a,b',
}


@dataclass(frozen=True)
class Setting:
    """What a run set a parameter to.

    Attributes:
        name: The parameter's.
        value: What it was for this run.
        default: What it is where nobody sets it.
        help: What it means.
        differs: Whether the two are not the same.
    """

    name: str
    value: Value
    default: Value
    help: str
    differs: bool


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell.

    Attributes:
        name: The variable that the notebook's cells read.
        type: `str`, `int`, `float`, `bool` or `list[str]`.
        default: The value it has where none is given.
        help: What it means, in words, without the `owner:` that it may begin with.
        words: The only words it may be; `YYYY-Www` among them allows any week up to this one.
        bounds: Lowest and highest number it may be, both included.
        is_owners: Whether it is the owner's alone to set: no address and no control does.
    """

    name: str
    type: str
    default: Value
    help: str
    words: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    is_owners: bool = False

    @property
    def is_week(self) -> bool:
        """Whether any ISO week that is not in the future is allowed."""
        return WEEK in self.words
