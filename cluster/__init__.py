"""What is known of Kubernetes: which cluster, how to ask it, its kinds, whose an object is."""
