"""The tests: unit, without a sandbox; engine, real servers; mesh, the page in a real mesh."""
