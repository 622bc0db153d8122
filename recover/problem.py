"""What is said to a person when it cannot go on."""


class RecoverProblem(Exception):
    """It cannot go on; the message is one line for a person."""
