"""What is known of MySQL: names, SQL, rows, rights. Nothing here opens a connection."""
