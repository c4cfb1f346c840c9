"""User tiering: who the customers are, what they are worth, how long they stay."""
