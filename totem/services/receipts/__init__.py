"""Receipts: what each of them says, filled into its template."""
