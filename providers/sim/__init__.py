"""Simulated banks and acquirers that speak the real wire."""
