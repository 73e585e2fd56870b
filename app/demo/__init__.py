"""A sample day made on this machine, so that EgoButler can be tried without a camera."""
