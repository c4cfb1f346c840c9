"""What users bought: the one definition of a purchase, and what can be told of customers by it.

purchases    what a purchase is, what was given back, where all orders and money are
measures     every measure of the trade, of a scope or by week: docs/measures.md
rfm          recency, frequency and money of users
thresholds   which values score higher
tiering      users scored and set on a level
days         the days on which users ordered, and how long a pause means goodbye
worth        what a purchase is worth on average
value        how often a customer will buy, and what that is worth
snapshot     features of each customer at a cut-off
examples     those, the models of value, and when each bought after it
forecast     both of every user of a scope
"""

from workbench.doors import lazily

_NAMES = (
    *("days", "examples", "forecast", "measures", "purchases", "rfm", "snapshot", "thresholds"),
    *("tiering", "value", "worth"),
)
__getattr__, __dir__ = lazily(__name__, dict.fromkeys(_NAMES, ""))
