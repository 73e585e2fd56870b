"""Language models in this process: llama.cpp and transformers."""
