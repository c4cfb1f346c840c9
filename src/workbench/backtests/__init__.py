"""Would it have held? What was said at a cut-off, held against what came after it."""
