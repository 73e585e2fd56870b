"""Open formats: export of all rows and files as JSON lines, and import of an export."""
