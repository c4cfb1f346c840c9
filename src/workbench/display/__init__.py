"""What an analyst sees and takes along: pages' pieces, tables for people, what earlier reports made."""

from workbench.display.closing import finish
from workbench.display.earlier import Published, published
from workbench.display.hand import connect
from workbench.display.spreadsheets import export
from workbench.kit.blocks import Block
from workbench.kit.showing import show

__all__ = ["Block", "Published", "connect", "export", "finish", "published", "show"]
