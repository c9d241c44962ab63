"""Worked examples: play them, as a rehearsal, as a test and as the demo."""
