"""Grammar tables of Chinese time expressions."""
