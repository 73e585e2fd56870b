"""Who is told when a recording has been taken in: whoever looks at the pages, and webhooks."""
