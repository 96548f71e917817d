"""vinti4 (SISP, Cabo Verde): cards on the acquirer's own page, in escudos."""
