"""Belgian identification numbers: is this text one?

Every function takes any text and answers True or False; none raises. Only the bare digits pass: no blanks,
dots or dashes, and only the ASCII digits 0 to 9 (`str.isdigit` and `\\d` take the digits of every script).

The check digits of all four kinds are the complement of a remainder (`wire-facts.md` H): 97 minus the leading
digits modulo 97, so between 01 and 97 (and for NIHII numbers the same with 89).
"""

import re
from functools import lru_cache
from typing import Final

_SSIN: Final = re.compile(r"[0-9]{11}")
_NIHII: Final = re.compile(r"[0-9]{8}(?:[0-9]{3})?")
_CBE: Final = re.compile(r"[01][0-9]{9}")
_EHP: Final = re.compile(r"1990[0-9]{6}")

_NIHII_MODULI: Final = (97, 89)
"""RIZIV, note I 2012/26 of 31 October 2012, added modulus 89: nurses and midwives first, doctors from April
2019."""


@lru_cache(maxsize=256)
def is_ssin(number: str) -> bool:
    """Whether `number` is an SSIN (INSZ, NISS): a national register number or a BIS number, 11 digits.

    For persons born in 2000 or later a 2 goes in front of the nine digits before the check digits are worked
    out. The nine digits do not say the century, so either result passes. python-stdnum tries the rule of 2000
    only for years up to the current one, which would make the answer depend on today's date: it is therefore
    always shown the check digits of the other rule, and judges what is left, the month (BIS numbers add 20 or
    40 to it).
    """
    if not _SSIN.fullmatch(number):
        return False
    birth, check = number[:9], number[9:]
    before_2000 = _check_digits(birth)
    if check not in (before_2000, _check_digits("2" + birth)):
        return False
    from stdnum.be import ssn  # noqa: PLC0415 - costs 20 ms; a start that checks no number saves it

    return bool(ssn.is_valid(birth + before_2000))


def is_nihii(number: str) -> bool:
    """Whether `number` is a NIHII number (RIZIV, INAMI): 8 digits, or 11 with the three of the qualification.

    Digits 7 and 8 check the first six, by modulus 97 or 89. The kind (first digit) and the qualification are
    not judged: their lists are not public.
    """
    if not _NIHII.fullmatch(number):
        return False
    return number[6:8] in {_check_digits(number[:6], modulus) for modulus in _NIHII_MODULI}


def is_cbe(number: str) -> bool:
    """Whether `number` is a CBE number (KBO, BCE): 10 digits, the first 0 or 1 (`decisions.md` 2 step 10).

    The form of nine digits from before 2005 is no longer one. python-stdnum asks that the sum of the first
    eight and the last two digits be a multiple of 97, which also takes 00, 98 and 99 as check digits; no
    number has them.
    """
    from stdnum.be import vat  # noqa: PLC0415 - as above

    return bool(_CBE.fullmatch(number) and "01" <= number[8:] <= "97" and vat.is_valid(number))


def is_ehp(number: str) -> bool:
    """Whether `number` is an EHP number (organisations known to eHealth): 10 digits, beginning with 1990.

    The rule is reconstructed: every EHP number seen in public code begins with 1990 and ends in the check
    digits of a CBE number (`wire-facts.md` H). By form an EHP number is therefore a CBE number too.
    """
    return bool(_EHP.fullmatch(number)) and number[8:] == _check_digits(number[:8])


def _check_digits(leading: str, modulus: int = 97) -> str:
    return f"{modulus - int(leading) % modulus:02d}"
