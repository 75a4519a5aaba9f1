"""Terraform for AWS.

A folder for each kind of thing that is made (`bucket`, `secret`, `serverless`, `workflow`, `starter`, `schedule`, `arrivals`, `stopped_runs`)
holds how a plan's part of that kind is written; `modules` holds the static modules that the written files call, and `stack` the files that
are the same for every pipeline.
"""
