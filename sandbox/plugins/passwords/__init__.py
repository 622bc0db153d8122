"""Stands for ``pulumi-resource-random`` 4.21.4, which no package registry carries.

Of that plugin (terraform-provider-random behind Pulumi's bridge) RandomPassword is here, with all
its inputs, defaults and refusals; importing an existing password is left out. Written after
``internal/provider/resource_password.go`` and ``internal/random/string.go`` of
hashicorp/terraform-provider-random.
"""
