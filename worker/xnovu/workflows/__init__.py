"""Workflows and templates as a folder that a team keeps in git: `xnovu workflows push`, `pull` and `diff`."""

from xnovu.workflows.commands import diff, pull, push, push_tree, read_whole

__all__ = ["diff", "pull", "push", "push_tree", "read_whole"]
