"""Which models run in a process, and what runs only by the owner's choice."""
