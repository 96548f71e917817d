"""The owner's TOML files as checked, immutable values."""
