"""How an amount is paid in instalments, or by two cards, without a centavo lost."""

from __future__ import annotations

from totem.domain.money import Money


def plans(amount: Money, most: int, least_cents: int) -> tuple[tuple[int, Money, Money], ...]:
    """(number, each, first) from 1 to `most` payments of at least `least_cents` each.

    What does not divide is in the first payment: `first + each * (number - 1)` is the amount. One payment is always
    possible.
    """
    found = []
    for number in range(1, max(most, 1) + 1):
        each_cents, rest_cents = divmod(amount.amount_cents, number)
        if number > 1 and each_cents < least_cents:
            break
        found.append((number, Money(each_cents, amount.currency), Money(each_cents + rest_cents, amount.currency)))
    return tuple(found)


_SHARES = ((1, 2), (2, 3), (1, 3), (3, 4), (1, 4))


def splits(amount: Money, least_cents: int) -> tuple[tuple[Money, Money], ...]:
    """(first card, second card): halves, thirds and quarters, in round sums where the amount has any.

    Neither is less than `least_cents`; () where the amount is too small to be divided.
    """
    found: list[tuple[Money, Money]] = []
    for part, of in _SHARES:
        first_cents = _rounded(amount.amount_cents * part, of, 10**amount.currency.exponent)
        first = Money(min(first_cents, amount.amount_cents), amount.currency)
        pair = (first, amount - first)
        if min(each.amount_cents for each in pair) >= least_cents and pair not in found:
            found.append(pair)
    return tuple(found)


def _rounded(parts_cents: int, of: int, unit_cents: int) -> int:
    """The share to the nearest whole unit of the currency; a half stays as it is where that loses nothing."""
    if parts_cents % of == 0 and of == 2:
        return parts_cents // of
    return (parts_cents * 2 + of * unit_cents) // (2 * of * unit_cents) * unit_cents
