"""The schedule: EventBridge Scheduler."""
