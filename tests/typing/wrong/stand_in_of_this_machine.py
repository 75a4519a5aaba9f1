"""Local tasks of a deployed pipeline would become local tasks."""

# caught: import GLC765

from glacier_runtime import Pipeline, compute

pipeline = Pipeline(name="counting", deploy_local_as=compute.local())
