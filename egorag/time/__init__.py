"""A question's time expression becomes an interval."""
