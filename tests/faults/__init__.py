"""What takes minutes, on the sandbox's real parts: `make faults`."""
