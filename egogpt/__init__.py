"""Models: captioners, chat models, embedders, and the weights that they run on."""
