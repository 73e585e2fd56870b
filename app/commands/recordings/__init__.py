"""Commands that bring recordings in and set them right."""
