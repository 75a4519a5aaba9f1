"""What starts runs by itself: a state machine that names them, and lets them wait for each other."""
