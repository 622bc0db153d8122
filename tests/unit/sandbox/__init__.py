"""The sandbox's own parts, each alone."""
