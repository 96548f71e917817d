"""The pages of maintenance, one file each: what the kiosk tells there, and what can be done. No Qt."""
