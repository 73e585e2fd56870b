"""Many homes: what an open one costs, and a day of six, a thousand or a million owners."""
