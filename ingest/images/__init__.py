"""Single pictures: opening stills, tone mapping, orientation, quality."""
