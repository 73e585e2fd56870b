"""Commands that ask and look: answers, search, days, people."""
