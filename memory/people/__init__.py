"""Face and voice prints become people: clustering, names, merging, splitting, history."""
