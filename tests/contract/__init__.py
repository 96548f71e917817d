"""One suite a port, run over every driver and simulator."""
