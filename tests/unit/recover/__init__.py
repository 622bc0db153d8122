"""Unit tests of what puts right what a run left."""
