"""Rules, and what they judge."""
