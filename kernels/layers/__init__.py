"""Library only: trained attention layers, one paper to a file; no command or page uses them."""
