"""Films that a browser plays, of recordings that it does not."""
