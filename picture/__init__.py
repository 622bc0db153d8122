"""A picture of the wiring, drawn from what `pulumi stack export` says of a stack.

The way of the data: `state` reads an export and forgets its secrets; `wiring` finds this program's
parts in it; `words` says them in sentences and cards; `svg` draws them on a `sheet`, whose text is
made to `fit`. All of it is pure: the same state gives the same bytes.
"""
