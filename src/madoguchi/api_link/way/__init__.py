"""Choosing the way, where institution and app offer both modes (LINK-37)."""

from madoguchi.api_link.way.journey import WAY, WAY_PAGE_IDS, WayServices, WayVisit

__all__ = ["WAY", "WAY_PAGE_IDS", "WayServices", "WayVisit"]
