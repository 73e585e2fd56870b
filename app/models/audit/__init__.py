"""An audit of a language model: which orders in evidence it obeys, and by which heads."""
