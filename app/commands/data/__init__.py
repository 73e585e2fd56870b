"""Commands that keep, prove, share and delete what a home holds."""
