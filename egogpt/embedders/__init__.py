"""Text and image–text embedders."""
