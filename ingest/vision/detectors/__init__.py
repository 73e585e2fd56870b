"""Small detectors, one per file: each turns one picture (or sound) into plain detections."""
