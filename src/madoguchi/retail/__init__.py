"""Internet banking for people (RET-01 to RET-32): groups of screens, each a sub-package."""
