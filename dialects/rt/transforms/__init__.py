"""Passes on the host program."""
