"""The Search page: query language and ranked moments."""
