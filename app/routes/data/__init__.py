"""Routes that back up, share and delete what a home holds."""
