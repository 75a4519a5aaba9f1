"""A task has no name and no annotations."""

# caught: validate GLC101,GLC209

from flights import local

from glacier_runtime import Pipeline

it = local.task(lambda f: f)  # wrong: pyright=reportUnknownLambdaType,reportUnknownVariableType
pipeline = Pipeline(name="delays", tasks=[it])
