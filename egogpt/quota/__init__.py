"""QuoTA: query-oriented token assignment."""
