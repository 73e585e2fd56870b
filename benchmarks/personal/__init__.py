"""A language model adapted to one life's own days: what it gains, and what it gives away."""
