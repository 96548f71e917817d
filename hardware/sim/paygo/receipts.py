"""Receipts as PayGo sends them: quoted lines, with what a receipt bears of a card."""

from __future__ import annotations

from datetime import datetime

from hardware.sim.card_ledger import CardTransaction
from hardware.sim.paygo.settings import PaygoSettings

REDUCED, CUSTOMER, MERCHANT, FULL = "711", "713", "715", "029"
_COUNTS = {FULL: "028", REDUCED: "710", CUSTOMER: "712", MERCHANT: "714"}
_RULE = "-" * 38


def money_text(amount_cents: int) -> str:
    """1234567 is `12.345,67`."""
    return f"{amount_cents // 100:,}".replace(",", ".") + f",{amount_cents % 100:02d}"


def receipt_fields(
    settings: PaygoSettings, transaction: CardTransaction, local: datetime, copies: tuple[str, ...], *, dirty: bool
) -> list[tuple[str, str]]:
    """The fields of the copies named, counts first; a copy not named has the count 0."""
    fields: list[tuple[str, str]] = []
    for copy, count in _COUNTS.items():
        lines = _lines(settings, transaction, local, copy, dirty=dirty) if copy in copies else []
        if lines or copy == FULL:
            fields.append((f"{count}-000", str(len(lines))))
        fields += [(f"{copy}-{number:03d}", f'"{line}"') for number, line in enumerate(lines, start=1)]
    return fields


def _lines(
    settings: PaygoSettings, transaction: CardTransaction, local: datetime, copy: str, *, dirty: bool
) -> list[str]:
    debit = transaction.kind == "debit"
    what = "CANCELAMENTO" if transaction.operation == "cancellation" else "VENDA"
    way = "DEBITO A VISTA" if debit else "CREDITO A VISTA"
    if transaction.installments > 1:
        way = f"CREDITO PARC. {transaction.installments}X"
    headline = f"{what} {way}"
    amount = f"VALOR FINAL: R$ {money_text(transaction.amount_cents)}"
    proof = f"NSU:{transaction.nsu} AUT:{transaction.authorization}"
    if copy == REDUCED:
        return [f"{transaction.brand} {headline}", proof, amount]
    whose = {CUSTOMER: "VIA CLIENTE", MERCHANT: "VIA ESTABELECIMENTO", FULL: "VIA UNICA"}[copy]
    lines = [
        " *** SIMULADOR - SEM VALOR ***",
        f"{whose} {local:%d/%m/%y %H:%M}",
        settings.merchant,
        f"CNPJ:{settings.merchant_id} PDC:{settings.terminal}",
        f"C-{settings.card.masked} {transaction.brand}",
        "",
        f"   {headline}",
        amount,
        proof,
        _RULE,
        '"GUARDE ESTE COMPROVANTE"',
    ]
    if copy in (MERCHANT, FULL):
        lines.insert(5, settings.card.holder)
    if copy == MERCHANT and debit:
        lines += ["", " ______________________________", "          ASSINATURA"]
    if dirty:
        lines.insert(6, f"CARTAO {_spaced(settings.card.number)} VAL {settings.card.expiry}")
    return lines


def _spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
