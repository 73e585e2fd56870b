"""Repositories, one per group of tables: typed reads and writes, no rules."""
