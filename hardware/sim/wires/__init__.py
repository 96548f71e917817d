"""The simulated printer behind wires other than TCP: a pseudo-terminal, USB, a device's file, spoolers."""
