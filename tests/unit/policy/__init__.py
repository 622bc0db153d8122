"""Unit tests of the policy pack."""
