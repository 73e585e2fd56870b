"""Pictures and sound of a span, in this process."""
