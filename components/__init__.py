"""The article's steps, one component a module.

Nothing is imported here: the engine runs the dynamic resource in a process of its own, which should
not have to load everything else.
"""
