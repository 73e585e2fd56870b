"""The protocol of an attention method and the arithmetic that all share; torch only."""
