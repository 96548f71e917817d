"""What the kiosk does, without Qt: checkout, poller, print queue, journal, recovery."""
