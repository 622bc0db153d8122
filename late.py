"""Loads less of what others import, and later: a program starts with every preview.

Python 3.15 has `lazy import` for it. https://peps.python.org/pep-0810/
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Mapping
from functools import partial
from threading import RLock
from typing import Any

_LOADING = RLock()


def enter_as_bare_folder(package: str) -> None:
    """Make the modules of a package importable without importing the package itself.

    Args:
        package: Its dotted name; the packages around it have been entered before. One that has
            been imported stays as it is.
    """
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        sys.exit(f"{package} is not installed: pip install -r requirements.txt")
    bare = types.ModuleType(package)
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = bare


class _Later(types.ModuleType):
    """Stands for the module of its name until something of that is used.

    The library's own `LazyLoader` does not: Python 3.11 loads a module at its second `import`.
    """

    def __getattr__(self, attribute: str) -> object:
        """Import it; only what is not here yet is asked for here."""
        if attribute not in _loaded(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        return vars(self)[attribute]


# Not methods: a module may have one of that name itself, as yaml has a `load`.
def _loaded(later: _Later) -> Mapping[str, Any]:
    with _LOADING:
        if sys.modules[later.__name__] is later:
            del sys.modules[later.__name__]
            vars(later).update(vars(importlib.import_module(later.__name__)))
    return vars(later)


def _call(later: _Later, name: str, *arguments: object, **named: object) -> object:
    return _loaded(later)[name](*arguments, **named)


def put_off(module: str, *called: str) -> None:
    """Have a module imported only once something of it is used.

    Args:
        module: Its dotted name. One that has been imported stays as it is.
        called: What others import from it by name, and use no otherwise than to call it.
    """
    if module in sys.modules:
        return
    spec = importlib.util.find_spec(module)
    if spec is None:
        sys.exit(f"{module} is not installed: pip install -r requirements.txt")
    later = _Later(module)
    later.__spec__ = spec
    if spec.submodule_search_locations is not None:  # a module within is no use of the whole
        later.__path__ = list(spec.submodule_search_locations)
    vars(later).update((name, partial(_call, later, name)) for name in called)
    sys.modules[module] = later
    package, _, name = module.rpartition(".")
    if package:  # as an import would do
        setattr(sys.modules[package], name, later)
