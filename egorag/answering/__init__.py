"""The loop: retrieve, judge, retry, look again, answer or abstain."""
