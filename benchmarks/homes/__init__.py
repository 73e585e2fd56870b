"""Homes that the benchmarks make for themselves."""
