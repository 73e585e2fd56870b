"""Perception on other machines, by Ray or by a service; without it nothing of this is imported."""

import os

# Ray reads these when it is loaded: every machine proves itself by a token, nothing calls out, and
# who has lost a cluster does not begin one here.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")
# The head forks a process for every home that connects. What gRPC does at a fork beside its threads
# made one of three such processes end at once on a busy machine.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
