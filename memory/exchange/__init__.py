"""Open formats: export of rows and files as JSON lines, and import of an export."""
