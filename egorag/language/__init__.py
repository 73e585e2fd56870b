"""Languages of questions: how one is told, and its tables, one folder a language."""
