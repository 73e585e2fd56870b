"""Accounts, sessions, access tokens, throttling and the authentication middleware."""
