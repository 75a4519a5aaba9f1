"""The history of runs: one log of events a run, from which all else is read. To import from: what was run, and how runs differ."""
