"""What Glacier costs where nothing is computed: tasks that do nothing, graphs that are only built and checked."""
