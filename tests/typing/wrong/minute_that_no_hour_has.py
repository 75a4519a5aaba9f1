"""A cron expression is wrong."""

# caught: import GLC106

from glacier_runtime import Cron

nightly = Cron("75 5 * * *")
