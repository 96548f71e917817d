"""Adiq: cards keyed on the kiosk, paid through Adiq's e-commerce API.

The 3DS challenge is out of scope: its fields are sent and read, and no page of an issuer is ever shown.
"""
