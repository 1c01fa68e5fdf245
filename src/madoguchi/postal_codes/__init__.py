"""Postal codes: the address that a code stands for, from Japan Post's list (RET-27)."""

from madoguchi.postal_codes.service import LookUp, PostalAddress, find

__all__ = ["LookUp", "PostalAddress", "find"]
