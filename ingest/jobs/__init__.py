"""The ingest queue: a path becomes a job, a job becomes a recording."""
