"""People as the owner sorts them."""
