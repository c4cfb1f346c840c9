"""Doors of packages: names that load when they are first asked for (PEP 562), and nothing else on Tab."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from workbench.errors import unknown


def lazily(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package.

    Args:
        package: Its `__name__`.
        homes: Names to the modules that have them; "" for a name that is a module of the package.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(unknown(f"name in {package}", name, homes))
        home = homes[name]
        value = getattr(import_module(home), name) if home else import_module(f"{package}.{name}")
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted(homes)
