"""Values as text and JSON, in the person's language."""
