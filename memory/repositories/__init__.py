"""One repository per table group: typed reads and writes, no rules."""
