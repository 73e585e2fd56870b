"""The HTTP routes of the app, by area."""
