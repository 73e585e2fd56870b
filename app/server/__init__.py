"""The web app as one server, its door and its description."""
