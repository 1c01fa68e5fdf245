"""Measures of the product: what it costs beside a bare handler, in the same run."""
