"""EgoGPT-7B: config, weights, model, prompt, memory needs."""
