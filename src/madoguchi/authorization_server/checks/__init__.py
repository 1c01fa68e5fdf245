"""The checks: one small file for each, made in the order in which an endpoint lists them."""
