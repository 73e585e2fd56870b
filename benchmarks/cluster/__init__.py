"""Costs of perception on several machines."""
