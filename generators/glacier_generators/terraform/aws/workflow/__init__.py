"""The workflow: a Step Functions state machine."""
