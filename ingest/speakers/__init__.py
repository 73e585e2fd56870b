"""Diarization, voice prints, and who a face or voice belongs to."""
