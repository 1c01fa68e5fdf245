"""What every page of an institution needs: its look, its stylesheet, icon and logo, error pages."""

from madoguchi.site.pages import Pages
from madoguchi.site.routes import site_routes

__all__ = ["Pages", "site_routes"]
