"""Would it have held? What was said at a cut-off, held against what came after it.

cutoff       the days that are learned from, and those they are held against
ranking      levels and scores beside their rivals and the perfect order
calibration  probabilities
money        forecasts of purchases and amounts
revenue      what levels tell of revenue
course       cut-offs one after another, each learned from what was closed by its day
rivals       models on the same folds, and the simplest that is not worse
tiers        all of that for the nine levels: `backtest(tiers)`
"""

from workbench.backtests.levels import Backtest
from workbench.backtests.tiers import backtest

__all__ = ["Backtest", "backtest"]
