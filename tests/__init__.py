"""The tests. They mirror `src`; what they share is in `tests.support` and `tests/conftest.py`."""
