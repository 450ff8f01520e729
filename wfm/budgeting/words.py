"""Amounts as sentences on budgets say them."""

from __future__ import annotations

import math


def money(amount: float, currency: str, digits: int = 0, signed: bool = False) -> str:
    """An amount of money: a sign of currency stands before it, a word after it; a dash where it is not known.

    >>> money(1234567.4, "£"), money(-40576.0, "EUR"), money(3.256, "", 2), money(12.0, "£", signed=True)
    ('£1,234,567', '−40,576 EUR', '3.26', '+£12')
    """
    if not math.isfinite(amount):
        return "–"
    text = f"{abs(amount):,.{digits}f}"
    sign = "" if not any(digit in text for digit in "123456789") else "−" if amount < 0 else "+" if signed else ""
    return f"{sign}{in_currency(text, currency)}"


def in_currency(text: str, currency: str) -> str:
    """A number as it is written, with its currency.

    >>> in_currency("4.26 m", "£"), in_currency("4.26 m", "GBP")
    ('£4.26 m', '4.26 m GBP')
    """
    if not currency:
        return text
    return f"{text} {currency}" if currency[-1].isalpha() else f"{currency}{text}"
