"""Commands that fetch and measure models."""
