"""What users bought: the one definition of a purchase, and what can be told of customers by it."""
