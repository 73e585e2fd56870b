"""When a recording began, by the most trusted source; clocks set right; chapters joined; cut
into clips.
"""
