"""Giving a sale's money back, by whatever way it came."""

from __future__ import annotations

from totem.domain.errors import Trouble
from totem.services.cards import CardPayments
from totem.services.payments import PixPayments


class Returns:
    def __init__(self, payments: PixPayments, cards: CardPayments) -> None:
        self._payments = payments
        self._cards = cards

    async def return_sale(self, sale_id: str, trouble: Trouble, *, delivered: bool = False) -> bool:
        """Undo cards, refund Pix, and revoke the ticket; see `return_sale` of both. False where nothing can go back."""
        cards = await self._cards.return_sale(sale_id, trouble, delivered=delivered)
        pix = await self._payments.return_sale(sale_id, trouble, delivered=delivered)
        return cards or pix

    async def undelivered(self, sale_id: str, trouble: Trouble) -> bool:
        """Not a byte of its ticket was printed: Pix goes back, and cards go by the owner's setting."""
        card_trouble = Trouble.CARD_NOT_DELIVERED if trouble is Trouble.LATE_MONEY else trouble
        cards = await self._cards.undelivered(sale_id, card_trouble)
        pix = await self._payments.return_sale(sale_id, trouble)
        return cards or pix
