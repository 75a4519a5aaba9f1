"""How addresses begin in the store of each cloud that has one.

Apart from the stores themselves: who only asks which clouds there are loads none of them.
"""

from typing import Final

__all__ = ["SCHEMES"]

SCHEMES: Final = {"aws": "s3://", "gcp": "gs://", "azure": "abfss://"}
"""By the cloud's name, which is that of its module in `clouds`."""
