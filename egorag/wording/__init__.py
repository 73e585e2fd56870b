"""Sentences for a person: drafts, moments, abstention, scope."""
