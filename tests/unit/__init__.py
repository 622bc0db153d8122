"""All that needs no sandbox: milliseconds each."""
