"""A simulated interbank network, for the demo and tests only: settings refuse it in production."""

from madoguchi.core_bank.simulated_interbank.network import SimulatedInterbank

__all__ = ["SimulatedInterbank"]
