"""Who speaks: diarization and voice prints."""
