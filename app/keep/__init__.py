"""Keeping a home safe: backups, exports, and the way back."""
