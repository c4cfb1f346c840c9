"""User tiering: which users bring the revenue of tomorrow."""
