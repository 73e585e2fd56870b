"""The web app as one server process."""
