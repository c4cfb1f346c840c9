"""A notebook's interface: its `parameters` cell, read without running it, and what it refuses.

One line a parameter, `name: type = literal  # ALLOWED: help`. ALLOWED may be left out; it is
`LOW..HIGH`, or words apart by ` | `, of which `YYYY-Www` stands for any ISO week that is not in
the future. Help that begins with `owner:` marks what is the owner's alone to set: no address and no
control does. The same lines answer the command line, a pack, a web address and an analyst's hand.
"""

from workbench.parameters.cell import parse, read
from workbench.parameters.parameter import WEEK, Parameter, Setting, Value
from workbench.parameters.values import check, pairs, written

__all__ = ["WEEK", "Parameter", "Setting", "Value", "check", "pairs", "parse", "read", "written"]
