"""Commands that start or describe the server, and who may use it."""
