"""Generators: a manifest in, files out.

They know a pipeline only by its manifest (`glacier_runtime.manifest`), so that whatever they can do, a tool that nobody
here wrote can do as well. The package is part of the distribution from the first release on, so that runtime, template
and generators always carry one version; Terraform for AWS is the first that will live here.
"""
