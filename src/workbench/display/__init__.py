"""What an analyst sees: findings, tables, charts, what is missing, and where it all comes from."""

from workbench.display.closing import finish
from workbench.kit.blocks import Block
from workbench.kit.showing import show

__all__ = ["Block", "finish", "show"]
