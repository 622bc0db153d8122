"""What a reviewer reads, without Pulumi and without GitHub."""
