"""Receipt printers: a pure encoder and one driver a connection."""
