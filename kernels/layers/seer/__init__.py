"""SeerAttention gates: inference, teacher, training."""
