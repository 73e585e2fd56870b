"""Vision: frame selection, tracking, OCR, faces, image embeddings."""
