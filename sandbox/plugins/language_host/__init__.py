"""Stands for ``pulumi-language-python``, which the published Pulumi CLI brings along.

It is written in Go, in a module that the Go module proxy does not carry. Read for it:
``sdk/python/cmd/pulumi-language-python/main.go`` and ``sdk/python/cmd/pulumi-language-python-exec``
of pulumi/pulumi. Left out is what this project has no use for: uv and poetry, debuggers, type
checkers, plugins written in Python, code generation.
"""
