"""One encrypted file: writing, checking and restoring a backup."""
