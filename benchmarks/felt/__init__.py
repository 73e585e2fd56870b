"""Learn how talks felt from a few marks: by linear models, by attention, and by PSSA."""
