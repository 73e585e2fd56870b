"""Routes of accounts, sessions, tokens and visits."""
