"""The only place that wires every part together."""
