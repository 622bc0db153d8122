"""What is known of MySQL, without one."""
