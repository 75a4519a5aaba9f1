"""A time zone does not exist."""

# caught: import GLC106

from glacier_runtime import Cron

nightly = Cron("0 5 * * *", timezone="Europe/Belrin")
