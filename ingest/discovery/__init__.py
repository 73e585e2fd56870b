"""Discovery of recordings: folders, photo exports, watched folders, copies."""
