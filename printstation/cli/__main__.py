"""`python -m printstation.cli`: the console script where none is installed."""

from printstation.cli import main

main()
