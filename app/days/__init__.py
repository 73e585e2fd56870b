"""Days as they are shown: the timeline, habits, digests and transcripts."""
