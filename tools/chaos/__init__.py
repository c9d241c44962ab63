"""Kill the product's processes and its database while people work (`make chaos`, docs/chaos.md)."""
