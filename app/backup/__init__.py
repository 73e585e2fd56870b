"""Backups and exports of a home."""
