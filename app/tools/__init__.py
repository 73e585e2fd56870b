"""The tools that other assistants may use: ask, search, timeline, moment. They only read."""
