"""What is in view: frame selection, tracking, OCR, faces, image embeddings."""
