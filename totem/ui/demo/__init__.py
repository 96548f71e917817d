"""The demo's hands and eyes: real touches, screenshots, the world's window. It knows the screen, never the services."""
