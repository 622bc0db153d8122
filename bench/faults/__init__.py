"""What goes wrong, or is changed, while somebody counts on the stack: each a table of figures."""
