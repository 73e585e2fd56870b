"""The Library page: recordings as a gallery, what is on its way, and what can be done with each."""
