"""The acquirer's page inside the kiosk: WebEngine behind a gate. Imported always, WebEngine itself only when wanted."""
