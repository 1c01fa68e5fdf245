"""The endpoints, as routes to be mounted at the server's root."""

from madoguchi.authorization_server.endpoints.routes import routes

__all__ = ["routes"]
