"""Files made or cut: sharing with redaction, subtitles, erasing stretches."""
