"""What every page of an institution needs: rendering with its look, its stylesheet and icon, error pages."""

from madoguchi.site.pages import Pages
from madoguchi.site.routes import site_routes

__all__ = ["Pages", "site_routes"]
