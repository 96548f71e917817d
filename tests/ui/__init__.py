"""Tests of the screens, driven by touch."""
