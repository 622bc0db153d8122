"""What all of Istio's networking resources share."""

#: Served since Istio 1.22.
API_VERSION = "networking.istio.io/v1"
