"""Process-wide switches and generic generation: devices, threads, no telemetry, decoding loop."""
