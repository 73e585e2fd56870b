"""The Search page: queries with bounds, results with highlights."""
