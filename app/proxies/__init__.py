"""Films that a browser can play, made from recordings that it cannot."""
