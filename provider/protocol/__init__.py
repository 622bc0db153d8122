"""How a plugin talks to the engine, whatever it provides: values, calls, start and end."""
