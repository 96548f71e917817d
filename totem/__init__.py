"""Totem: a self-service kiosk that sells, takes Pix and cards, and prints the ticket."""
