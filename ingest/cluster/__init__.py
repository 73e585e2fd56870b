"""Perception on the machines of a Ray cluster; without it nothing of this is imported."""

import os

# Ray reads these when it is loaded: every machine proves itself by a token, and nothing calls out.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S", "120")  # a head may be busy
