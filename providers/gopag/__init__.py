"""GoPag mPOS: card readers paired with a seller, rung through GoPag's API."""
