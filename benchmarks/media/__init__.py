"""Recordings that the benchmarks make for themselves."""
