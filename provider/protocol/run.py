"""Starts a plugin: ``python run.py MODULE [ARGUMENT...]`` calls ``main()`` of that module.

A plugin starts with every preview, and importing the Pulumi SDK takes three times as long as
importing the protocol modules that it needs of it. So the SDK's outer packages are entered here
as bare folders, without running what their ``__init__.py`` pull in.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path


def enter_as_bare_folder(package: str) -> None:
    """Make the modules of a package importable without importing the package itself.

    Args:
        package: Its dotted name; the packages around it have been entered before.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        sys.exit(f"{package} is not installed: pip install -r requirements.txt")
    bare = types.ModuleType(package)
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = bare


def put_off(module: str) -> None:
    """Have a module imported only once something of it is used.

    https://docs.python.org/3/library/importlib.html#implementing-lazy-imports
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.loader is None:
        sys.exit(f"{module} is not installed: pip install -r requirements.txt")
    loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    sys.modules[module] = lazy
    loader.exec_module(lazy)


def start(module: str) -> None:
    """Start the plugin whose module has ``main()``; it ends with its engine."""
    enter_as_bare_folder("pulumi")
    enter_as_bare_folder("pulumi.runtime")
    importlib.import_module(module).main()


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    start(sys.argv.pop(1))
