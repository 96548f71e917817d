"""How an amount is paid in instalments, without a centavo lost."""

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
