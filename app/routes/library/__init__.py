"""Routes of recordings: upload, playback, queue, transcripts."""
