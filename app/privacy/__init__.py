"""What must go, how long things are kept, and what is given away."""
