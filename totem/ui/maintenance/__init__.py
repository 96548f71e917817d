"""The technician's screens: a hidden way in, a PIN, and what a kiosk tells and does behind it."""
