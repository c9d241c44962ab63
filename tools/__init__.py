"""Scripts for maintainers, run from the root of the checkout: `python -m tools.<name>`."""
