"""Recording times: the most trusted source, corrected clocks, chapters, clips by the clock."""
