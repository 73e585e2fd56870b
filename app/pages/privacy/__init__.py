"""Privacy: forgetting, rules, backups, what left the computer, and what was done."""
