"""What captioning models take, by their published sizes."""
