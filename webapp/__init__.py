"""The web application: one folder per page family. Parses, calls one service, answers."""
