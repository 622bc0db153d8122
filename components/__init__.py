"""The article's steps, one component a file. None knows of another one, of settings or of SQL."""
