"""What the rules judge: gathered once, side by side, before any of them is asked."""
