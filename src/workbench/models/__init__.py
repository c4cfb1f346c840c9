"""Models that learn an outcome from a table of features: numbers in, log-odds out.

encoding   columns as numbers: knots, logarithms, categories; nothing leaves the range it was learned in
logistic   ridge logistic regression, straight or with splines
given      a score that is there already
boosted    gradient-boosted trees (the only xgboost)
outliers   what is unlike the rest, without an outcome (the only scikit-learn)
saved      models as JSON, with a manifest that a changed file does not pass
"""

from workbench.doors import lazily

_NAMES = ("boosted", "encoding", "given", "logistic", "outliers", "saved")
__getattr__, __dir__ = lazily(__name__, dict.fromkeys(_NAMES, ""))
