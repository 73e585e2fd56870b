"""Values as text and JSON, in the language of the person."""
