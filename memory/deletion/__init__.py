"""Right to erasure: what would go, deleting it in one transaction, pruning details of old
recordings.
"""
