"""Stands for ``pulumi-resource-random`` 4.21.4, which no package registry carries.

Of that plugin (terraform-provider-random behind Pulumi's bridge) RandomPassword and RandomUuid are
here, as far as this program uses them; what is left out is refused. Written after
``resource_password.go`` and ``resource_uuid.go`` in ``internal/provider`` of
hashicorp/terraform-provider-random.
"""
