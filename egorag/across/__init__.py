"""Questions across wearers: several homes as one view, with one scoring."""
