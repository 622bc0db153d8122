"""Stands for ``pulumi-resource-random`` 4.21.4, which no package registry carries.

Of that plugin (terraform-provider-random behind Pulumi's bridge) RandomPassword is here, as far as
this program uses it; what is left out is refused. Written after
``internal/provider/resource_password.go`` of hashicorp/terraform-provider-random.
"""
