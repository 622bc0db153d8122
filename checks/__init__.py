"""What is looked at before anything changes: gathered once, and judged by one rule a file."""
