"""What an analyst sees and takes along: pages' pieces, tables for people, what earlier reports made."""

from typing import TYPE_CHECKING

from workbench.doors import lazily

if TYPE_CHECKING:
    from workbench.display.closing import finish
    from workbench.display.earlier import Published, published
    from workbench.display.hand import connect
    from workbench.display.spreadsheets import export
    from workbench.kit.blocks import Block
    from workbench.kit.showing import show

# Loaded when asked for: whoever runs reports asks for their records alone, and for no table.
_HOMES = {
    "Block": "workbench.kit.blocks",
    "Published": "workbench.display.earlier",
    "connect": "workbench.display.hand",
    "export": "workbench.display.spreadsheets",
    "finish": "workbench.display.closing",
    "published": "workbench.display.earlier",
    "show": "workbench.kit.showing",
}
__all__ = ["Block", "Published", "connect", "export", "finish", "published", "show"]

__getattr__, __dir__ = lazily(__name__, _HOMES)
