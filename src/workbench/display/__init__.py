"""What an analyst sees: findings, tables, charts, what is missing, and where it all comes from."""

from workbench.display.blocks import Block
from workbench.display.closing import finish
from workbench.display.showing import show

__all__ = ["Block", "finish", "show"]
