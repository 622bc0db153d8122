"""The provider `mysql-extra`: what no other provider makes or sees, one resource a file.

Nothing here knows of settings or of components.
"""

NAME = "mysql-extra"
VERSION = "1.0.0"
