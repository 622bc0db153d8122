"""The article's story, on a real mesh."""
