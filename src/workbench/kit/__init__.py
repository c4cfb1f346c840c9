"""What every analysis speaks with: words, findings, goals, levels, and how a page shows them."""
