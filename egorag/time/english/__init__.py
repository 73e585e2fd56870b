"""Grammar tables of English time expressions."""
