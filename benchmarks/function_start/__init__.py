"""What a cloud function waits for: from a new process to the first line of its task, out of a real archive."""
