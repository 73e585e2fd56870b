"""Who may come in, as whom, and how far: accounts, sessions, tokens, the front of the server."""
