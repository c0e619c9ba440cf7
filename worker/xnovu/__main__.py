"""`python -m xnovu` is the command line too."""

from xnovu.cli import main

main()
