"""TEF by PayGo: field messages over the exchange folder or over a socket. What is on the wire: PROTOCOL.md."""
