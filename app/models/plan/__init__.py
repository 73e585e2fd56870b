"""A set of models that fits one machine together, proposed, fetched and kept as settings."""
