"""Handlers, one for each kind of question that rows answer; ``registry`` lists them in order."""
