"""What is in a home and on its way into it, and the threads that bring it there."""
