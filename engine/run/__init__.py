"""The use cases, one after another; the only layer that moves a process."""
