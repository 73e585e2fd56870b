"""The hot path of decoding, compiled for the machine at hand; torch does the same without it."""
