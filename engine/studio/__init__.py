"""Changing procedures: drafts, their pages, differences in words, versions of two people."""
