"""Measured once per model or machine: retrieval heads, and up to which length dense is cheaper."""
