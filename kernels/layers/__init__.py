"""Attention that has to be trained: library only, SeerAttention's gates and landmarks excepted.

One paper to a file: an operator with its parameters, tested against its paper.
"""
