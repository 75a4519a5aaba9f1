"""The time zone of a schedule is said by name."""

# caught: import TypeError

from glacier_runtime import Cron

nightly = Cron("0 5 * * *", "Europe/Berlin")  # wrong: mypy=call-arg pyright=reportCallIssue
