"""What is known of hosts, addresses and Istio's objects. Nothing here declares a resource."""
