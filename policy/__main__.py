"""The policy pack, as the engine starts it."""

from guard import pack

pack.serve()
