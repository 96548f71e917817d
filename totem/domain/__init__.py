"""Pure rules of the kiosk: money, goods, states, receipts, errors and ports. Standard library only."""
