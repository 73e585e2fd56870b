"""Routes of the pages, settings, notices, webhooks and the API itself."""
