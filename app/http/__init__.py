"""HTTP machinery without routes: hosts and origins, errors, byte ranges, static pages."""
