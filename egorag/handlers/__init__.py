"""Handlers of questions that rows answer: who was there, last seen, where is it, day summary."""
