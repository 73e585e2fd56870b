"""The vocabulary: frozen values, errors and time zones that every package may import."""
