"""The contenders that are built from what others publish."""
