"""The running kiosk's control socket: one order of the shell a connection, as a line of JSON each way."""
