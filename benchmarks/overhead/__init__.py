"""What Glacier costs where nothing is computed: tasks that do nothing."""
