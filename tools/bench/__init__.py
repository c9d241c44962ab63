"""What the product costs: one program, one report (`make bench`, docs/bench.md)."""
