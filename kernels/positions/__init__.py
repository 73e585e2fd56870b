"""Long-position switches for loaded models (RoPE scaling, renumbering)."""
