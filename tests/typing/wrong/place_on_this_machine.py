"""A path is absolute."""

# caught: import GLC102

from flights import lake

place = lake.at("/home/me/flights.csv")
