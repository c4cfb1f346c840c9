"""Churn: who is about to leave, how good has this been, and whom do we call?

model = wb.churn.fit(scope)                      learned, tested at earlier cut-offs, compared
churn = wb.churn.predict(scope, model)           the score of every customer, with its reasons
wb.churn.call(churn, top_n=200)                  the list to call, at the capacity there is
wb.churn.uplift(scope, model, "win_back")        whom an experiment's offer moved
wb.churn.check(scope, earlier)                   of those scored before, have as many bought since?
"""

from workbench.analyses.churn.calls import Calls, call
from workbench.analyses.churn.check import EarlyCheck, check
from workbench.analyses.churn.learning import fit
from workbench.analyses.churn.model import ChurnModel
from workbench.analyses.churn.scores import Churn, predict
from workbench.analyses.churn.uplift import Uplift, uplift
from workbench.customers.days import NEEDS

# Of a contract churn is learned from outcomes that are known already.
NEEDS_INSTEAD = {"features": ("user_id", "is_churned")}

__all__ = [
    "NEEDS",
    "NEEDS_INSTEAD",
    "Calls",
    "Churn",
    "ChurnModel",
    "EarlyCheck",
    "Uplift",
    "call",
    "check",
    "fit",
    "predict",
    "uplift",
]
