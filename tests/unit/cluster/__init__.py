"""What is known of Kubernetes, without one."""
