"""Stand-ins for the Pulumi plugins that no package registry carries.

Each says at its top what it stands for. :mod:`sandbox.plugins.installation` puts them where the
engine looks, and the published plugin in their place where it can be had. The program of this
repository never sees the difference: same ids, same inputs and outputs.
"""
