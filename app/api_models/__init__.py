"""Shapes of the JSON API's replies, one file per area. They import nothing of the app."""
