"""What is known of Kubernetes: which cluster, and how to ask it."""
