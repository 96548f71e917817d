"""A Smart POS (Android) reached over the bridge protocol of `PROTOCOL.md`."""
