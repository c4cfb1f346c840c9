"""Numbers in, numbers out: what any analysis may ask of a sample. No tables of a shop, no words.

interval       a figure with its doubt            rates        Wilson, Newcombe, a test of two shares
means          of skewed amounts                  survival     Kaplan-Meier
trend          does it rise with an ordered class curves       smooth, one peak or one fall
scan           the odd stretch of days            stability    are two distributions alike
changes        did all parts change alike         resampling   users drawn again
concentration  how few bring how much             calibration  are probabilities what they say
disclosure     which figures give a small group away   copies       texts that are nearly alike
discrimination are the right ones put first          uplift       whom a treatment moves
"""

from workbench.doors import lazily

_NAMES = (
    "calibration",
    "changes",
    "concentration",
    "copies",
    "curves",
    "disclosure",
    "discrimination",
    "interval",
    "means",
    "rates",
    "resampling",
    "scan",
    "stability",
    "survival",
    "trend",
    "uplift",
)
__getattr__, __dir__ = lazily(__name__, dict.fromkeys(_NAMES, ""))
