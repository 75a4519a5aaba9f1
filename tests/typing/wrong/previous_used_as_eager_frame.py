"""The previous version of a dataset is carried by the same type as the dataset."""

# caught: run GLC601

from flights import Late, local

from glacier_runtime import Pipeline, Previous


@local.task
def select(before: Previous[Late]) -> Late:
    return before.head(before.height)  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue


pipeline = Pipeline(name="delays", tasks=[select])
