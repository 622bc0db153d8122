"""Real parts on one machine: a Kubernetes cluster, a MySQL server outside it, and its DNS.

The program of this repository knows nothing of this package. It sees a kubeconfig, a database
endpoint and a nameserver, as it would anywhere else.
"""
