"""Madoguchi: the digital counter of a community bank."""
