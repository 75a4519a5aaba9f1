"""What a project that lives for years would trip over: found before an update, a deployment or a colleague does."""
