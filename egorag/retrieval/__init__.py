"""Plan to ranked clips: protocol, registry, default strategies, image retrieval, feedback."""
