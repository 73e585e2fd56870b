"""Scripts that fit the small weights inside the packages, and the data that they fit them on."""
