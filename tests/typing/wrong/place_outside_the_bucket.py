"""A path leads out of its bucket."""

# caught: import GLC102

from flights import lake

place = lake.at("../flights.csv")
