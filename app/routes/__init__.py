"""The HTTP routes of our own: recordings by byte range, uploads that resume, JSON."""
