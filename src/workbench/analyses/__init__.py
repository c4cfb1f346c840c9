"""One module an analysis: pure functions of contract tables. None imports another."""

from workbench.doors import lazily

__getattr__, __dir__ = lazily(__name__, {"churn": "", "risk": ""})
