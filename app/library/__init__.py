"""The recordings of a home: listing, deleting, and the threads that ingest them."""
