"""Which files are recordings: folders, photo exports, watched folders, copies."""
