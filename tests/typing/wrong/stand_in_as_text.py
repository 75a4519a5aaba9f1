"""What local tasks become in a cloud is a resource, not the name of one."""

# caught: import GLC765

from glacier_runtime import Pipeline

# wrong: mypy=arg-type pyright=reportArgumentType
pipeline = Pipeline(name="counting", deploy_local_as="serverless")
