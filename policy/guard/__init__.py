"""The rules, as pure functions of one resource; :mod:`guard.pack` alone knows pulumi-policy."""
