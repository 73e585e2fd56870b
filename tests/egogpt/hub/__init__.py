"""A hub on this machine: tiny random checkpoints under official names, in the real hub's layout."""
