"""Days as they are shown: timeline, habits, digests and transcripts."""
