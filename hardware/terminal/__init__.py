"""Card terminals: TEF and Smart POS."""
