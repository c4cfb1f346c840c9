"""A scope over a few tables typed out by hand."""

from workbench.kit.engine import Tables
from workbench.kit.scope import Scope


def scope_of(tables, period, platform="", **given):
    """What is looked at: these tables, that period; settings are the project's unless given."""
    return Scope(Tables(tables, "typed"), period, platform, **given)
