"""One module for each command of `gongxuan`."""
