"""The demo: a sample bank to try, its telephone and mailbox, and a sample app of another company.

Nothing here is reachable where the settings say production.
"""
