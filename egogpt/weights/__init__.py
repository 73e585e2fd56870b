"""Where weights come from: catalogue, download, SHA-256, tensor files, the hub cache."""
