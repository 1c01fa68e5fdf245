"""The billers of the demo: invented, always there, and made to behave badly by number.

Only settings of the demo switch them on (`[billers] simulator = true`). What each number does
stands in docs/operations/simulators.md, and in `rules.py`.
"""

from madoguchi.bill_payments.simulator.network import BillerSimulator

__all__ = ["BillerSimulator"]
