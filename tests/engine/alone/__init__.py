"""Stops or changes what the sandbox has once: its parts, its zone, its packet filter."""
