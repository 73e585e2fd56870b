"""Handlers, one for each kind of question: see ``registry``; ``context`` is what they get."""
