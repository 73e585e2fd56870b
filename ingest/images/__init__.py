"""One picture: opening stills, HDR to SDR, orientation, quality."""
