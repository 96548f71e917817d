"""`totem doctor`: every part asked side by side, nothing charged, nothing changed, no lock taken."""

from totem.bootstrap.doctor.run import run

__all__ = ["run"]
