"""SeerAttention gates: a block scorer, and its training."""
