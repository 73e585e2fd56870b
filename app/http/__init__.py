"""HTTP machinery that knows no route: hosts and origins, errors, ranges, OpenAPI."""
