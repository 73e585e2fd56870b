"""Measure query-oriented token assignment."""
