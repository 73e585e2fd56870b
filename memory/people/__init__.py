"""People: clustering of face and voice prints, names, merging, splitting, history."""
