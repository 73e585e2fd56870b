"""Commitments and to-dos: extraction, due dates, completion, the answer."""
