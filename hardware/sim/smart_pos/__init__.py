"""A Smart POS with the bridge app on it, as `hardware/terminal/smart_pos/PROTOCOL.md` describes the app."""
