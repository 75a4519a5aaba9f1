"""Generators: a manifest in, files out.

    manifest ──► plan ──► files ──► merged with what is on disk
                 plan/    terraform/<cloud>/   regenerate.py
                          hcl/                 generating.py

They know a pipeline only by its manifest (`glacier_runtime.manifest`), so that whatever they can do, a tool that nobody
here wrote can do as well. `artefacts/` makes what is shipped: code, runtime and dependencies as one reproducible archive.
"""
