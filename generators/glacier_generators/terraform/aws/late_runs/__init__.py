"""What tells of runs that do not come."""
