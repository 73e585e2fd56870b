"""A sample day made on this machine, to try EgoButler without a camera."""
