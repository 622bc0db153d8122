"""What a run leaves that was cut off, and what to do about it: `python -m recover`.

The engine's own way is for those who know: `pulumi cancel` removes every lock, that of a colleague
whose run goes on too. Here it is looked first whose something is.
"""
