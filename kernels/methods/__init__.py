"""One attention method per file, named as in its paper."""
