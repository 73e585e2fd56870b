"""A path becomes a job, a job becomes a recording."""
