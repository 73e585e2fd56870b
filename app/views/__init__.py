"""Values of the library, days, habits, people and settings as the routes send them to pages."""
