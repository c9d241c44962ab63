"""The engine: runs process packages and knows nothing of HTTP. One noun, one module."""
