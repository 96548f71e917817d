"""HTTPS with client certificates, and the one place where its failures become errors of the domain."""
