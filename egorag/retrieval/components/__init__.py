"""Parts that published strategies share: pools, phrase index, graph."""
