"""One module an analysis: pure functions of contract tables. None imports another."""
