"""The technician's screens: gesture, PIN, presenters without Qt, and real touches on the real window."""
