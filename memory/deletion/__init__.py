"""Deletion on request: the plan, the transaction, the pruning of old details."""
