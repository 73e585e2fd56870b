"""The command line: one module for each area, with its options and what it prints."""
