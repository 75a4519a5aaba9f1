"""The time zone of a schedule is said by name."""

from glacier_runtime import Cron

nightly = Cron("0 5 * * *", "Europe/Berlin")  # wrong: mypy=call-arg pyright=reportCallIssue
