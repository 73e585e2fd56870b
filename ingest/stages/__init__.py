"""The ordered stages of a clip, and the pipeline that runs them with a ledger."""
