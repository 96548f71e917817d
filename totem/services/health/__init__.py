"""How each part of the kiosk does: one vocabulary for the maintenance overview and for `totem doctor`."""
