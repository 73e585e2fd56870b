"""The commands of the command line: a file for each area, with its words and what it prints."""
