"""Public data sets as timed lines and questions."""
