"""Library only: no command or page uses this. Attention that has to be trained.

One paper to a file: an operator with its parameters, tested against its paper.
"""
