"""A pipeline has no tasks."""

# caught: validate GLC314

from glacier_runtime import Pipeline

pipeline = Pipeline(name="delays", tasks=[])
