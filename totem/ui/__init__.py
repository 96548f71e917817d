"""Qt Quick screens and their view models."""
