"""Measured once per model or machine: retrieval heads, and when dense attention is cheaper."""
