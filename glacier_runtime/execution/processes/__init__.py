"""Groups that run in processes of their own: killable, beside each other, and gone when the run is."""
