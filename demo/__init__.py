"""The article's story in a real mesh, step by step: `make demo`, and the code of `tests/mesh`."""
