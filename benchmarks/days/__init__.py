"""What a home can tell of its days: what comes next, what was unusual, where things part."""
