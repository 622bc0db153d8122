"""What a reviewer reads of a change: the preview as one comment, drift as one issue.

The way of the data: `engine` runs Pulumi and keeps its `events`; `steps` puts them together, one a
resource; `difference` finds in them what changes in words of the domain; `report` has all of it and
`headline` says it in one line; `comment` writes the Markdown, with the wiring by `mermaid`, and
`secrecy` takes out what nobody may see. `github` carries it there. All but the first and the last
are pure: the same events give the same comment.
"""
