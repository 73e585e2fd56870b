"""The models of a process: which are chosen, loaded, shared and fetched."""
