"""What is known of Kubernetes: which cluster, its kinds, whose objects are, how one is declared."""
