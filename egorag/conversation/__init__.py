"""Follow-up questions stand alone: carried time, person and question; small talk."""
