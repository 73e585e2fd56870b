"""Backups and exports."""
