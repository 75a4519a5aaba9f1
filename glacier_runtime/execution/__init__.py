"""Running a pipeline: groups of fused tasks, their inputs, attempts and results."""
