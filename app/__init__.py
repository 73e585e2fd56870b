"""What people touch: one façade, a command line, a web app."""
