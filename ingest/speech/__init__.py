"""Speech to text: voice activity, recognisers by name, sentences, hallucination filter."""
