"""PayGo as a kiosk meets it: an exchange folder and a TCP socket, an acquirer and a customer behind them."""
