"""The contenders that are written in Python with what others publish; each runs in a process of its own."""
