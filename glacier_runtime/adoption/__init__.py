"""An existing project of Python, brought under the template: what is missing is added, and nothing that is there is touched."""
