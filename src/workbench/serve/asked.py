"""What an address may ask of a notebook: a view of a source that the server was started for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from workbench import parameters, sources
from workbench.errors import ParameterError
from workbench.parameters import Parameter, Value

SOURCE = "source"


def open_to_viewers(
    declared: Iterable[Parameter], served: Sequence[str] = ()
) -> tuple[Parameter, ...]:
    """Return those of a notebook's parameters that choose a view.

    Args:
        declared: All that it declares.
        served: The names of the sources that may be asked for; by default the notebook's own, unless
            that is the path of a folder, which no viewer needs to know.
    """
    found = []
    for one in declared:
        if one.name == SOURCE:
            words = tuple(served) or tuple({str(one.default)} & set(sources.names()))
            if words:
                found.append(replace(one, words=words, help=" | ".join(words)))
        elif not one.is_owners:
            found.append(one)
    return tuple(found)


def source(declared: Sequence[Parameter], given: Mapping[str, Value]) -> str:
    """Return the source that a notebook reads with these values; "" where it declares none."""
    own = {one.name: one.default for one in declared}
    return str({**own, **given}.get(SOURCE, ""))


def values(
    declared: Sequence[Parameter], given: Mapping[str, str], served: Sequence[str] = ()
) -> dict[str, Value]:
    """Return what an address sets in a notebook, and the first source served where it names none.

    Raises:
        ParameterError: If a parameter is unknown or the owner's, or a value is impossible.
    """
    viewed = open_to_viewers(declared, served)
    for name in {one.name for one in declared} - {one.name for one in viewed}:
        if name in given:
            raise ParameterError(f"parameter '{name}' is the owner's: no address sets it")
    checked = parameters.check(viewed, given)
    default = next((one.default for one in declared if one.name == SOURCE), None)
    if served and default not in {None, served[0]}:
        return {SOURCE: served[0]} | checked
    return checked
