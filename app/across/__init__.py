"""Questions to the homes of several accounts, by what their owners granted."""
