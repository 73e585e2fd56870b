"""Follow-up questions stand alone: coreference, carried time, rewriting; small talk."""
