"""The provider, without an engine and without a MySQL server."""
