"""Information extraction: events and object states of English; activities of Chinese too."""
