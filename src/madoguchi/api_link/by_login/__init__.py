"""Login mode: an app is linked with the login of internet banking (LINK-37 to LINK-40)."""

from madoguchi.api_link.by_login.journey import LOGIN_LINK, LOGIN_PAGE_IDS
from madoguchi.api_link.by_login.visit import LoginLinkVisit

__all__ = ["LOGIN_LINK", "LOGIN_PAGE_IDS", "LoginLinkVisit"]
