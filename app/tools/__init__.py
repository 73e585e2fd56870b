"""The MCP tools for other assistants: ask, search, timeline, moment. They only read."""
