"""Calendar arithmetic and the language-neutral result of reading time words."""
