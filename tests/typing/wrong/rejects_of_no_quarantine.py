"""Rejects are asked for of a dataset that raises."""

# caught: import GLC121

from flights import late

rejects = late.rejects
