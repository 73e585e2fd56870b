"""Small detectors, one per file: a picture (or sound) in, plain detections out."""
