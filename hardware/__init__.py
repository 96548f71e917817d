"""Drivers of the devices on the kiosk: printers and card terminals."""
