"""What the Ask page needs of a home: streaming answers, corrections, suggestions, voice."""
