"""Where data lies and how it gets there: locations, formats, stores, publication."""
