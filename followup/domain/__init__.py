"""Decides. No input or output, no clock, no randomness: time and knowledge are handed in."""
