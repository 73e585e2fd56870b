"""What is computed from stored clips again and again: events, summaries by a model."""
