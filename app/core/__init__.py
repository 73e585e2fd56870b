"""Shared by the whole app: settings, background threads, the result cache, the current user."""
