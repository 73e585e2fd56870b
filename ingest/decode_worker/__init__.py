"""The same in a child process with limits."""
