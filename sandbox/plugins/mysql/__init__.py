"""Stands for ``pulumi-resource-mysql`` 3.3.3, which no package registry carries.

That plugin is terraform-provider-mysql 1.9.0 behind Pulumi's bridge. Of its Database, User and
Grant all that this program uses is here, with the same ids, states and SQL, wanted or not: it does
not escape what it puts between quotes, tries for five minutes to connect even where the password
is wrong, takes back table grants in a way that MySQL 9 refuses, and does not see a revoked grant.
Written after ``provider/resources.go`` of pulumi/pulumi-mysql and ``mysql/`` of
terraform-providers/terraform-provider-mysql. What is left out is refused.
"""
