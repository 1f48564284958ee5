"""Number checks against `wire-facts.md` H. All numbers are synthetic: counter 999, or not assigned."""

from collections.abc import Callable

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import ssn, vat

from mockserver.identities.numbers import is_cbe, is_ehp, is_nihii, is_ssin

SSIN = ("80010199976", "85123199937", "70061599963", "90022999935", "01010199995")
BIS = ("80410199965", "81210199943")
NIHII = ("19999024", "71999041", "81999048", "85999012")
CBE = ("0809394427", "0200000043", "1200000064")
EHP = ("1990009933",)

CHECKS = ((is_ssin, SSIN + BIS), (is_nihii, NIHII), (is_cbe, CBE), (is_ehp, EHP))
EVERY_NUMBER = [(check, number) for check, numbers in CHECKS for number in numbers]
each_number = pytest.mark.parametrize(("check", "number"), EVERY_NUMBER)

Check = Callable[[str], bool]


def with_check_digits(leading: str) -> str:
    return f"{leading}{97 - int(leading) % 97:02d}"


@each_number
def test_a_number_of_the_specification_is_accepted(check: Check, number: str) -> None:
    assert check(number)


@pytest.mark.parametrize(
    ("check", "number", "count"),
    # An SSIN has a rule for each century, a NIHII number two moduli.
    [(check, number, 2 if check in (is_ssin, is_nihii) else 1) for check, number in EVERY_NUMBER],
)
def test_all_other_check_digits_are_refused(check: Check, number: str, count: int) -> None:
    accepted = [digits for digits in range(100) if check(f"{number[:-2]}{digits:02d}")]
    assert len(accepted) == count
    assert int(number[-2:]) in accepted


@each_number
def test_only_the_bare_digits_are_accepted(check: Check, number: str) -> None:
    assert not check(f" {number}")
    assert not check(f"{number}\n")
    assert not check(f"{number[:4]}.{number[4:]}")
    assert not check(f"{number[:4]}-{number[4:]}")
    assert not check(f"BE{number}")
    assert not check(number[:-1])
    assert not check(f"{number}0")
    assert not check("")


@each_number
@pytest.mark.parametrize("zero", ["\u0660", "\u0966", "\uff10"], ids=["Arabic", "Devanagari", "full width"])
def test_digits_of_another_script_are_refused(check: Check, number: str, zero: str) -> None:
    assert not check("".join(chr(ord(zero) + int(digit)) for digit in number))
    assert not check(number[:-1] + chr(ord(zero) + int(number[-1])))


@pytest.mark.parametrize("check", [check for check, _ in CHECKS])
@given(text=st.text() | st.text("0123456789", min_size=8, max_size=11))
def test_any_text_gets_an_answer(check: Check, text: str) -> None:
    assert check(text) in (True, False)


def test_the_nine_digits_of_an_ssin_fit_either_century() -> None:
    assert is_ssin("80010199976")  # 97 - 800101999 mod 97: born in 1980
    assert is_ssin("80010199908")  # 97 - 2800101999 mod 97: born in 2080
    assert is_ssin("01010199995")  # born in 2001
    assert is_ssin("01010199966")  # born in 1901
    assert not is_ssin("80010199909")


@pytest.mark.parametrize("today", ["1985-01-01", "2026-06-15", "2099-12-31"])
def test_an_ssin_is_judged_the_same_on_every_day(today: str) -> None:
    with time_machine.travel(today):
        assert all(is_ssin(number) for number in (*SSIN, *BIS, "80010199908"))


@pytest.mark.parametrize("month", [0, 12, 20, 32, 40, 52])
def test_the_month_of_an_ssin_may_be_raised_by_20_or_40(month: int) -> None:
    assert is_ssin(with_check_digits(f"80{month:02d}01999"))


@pytest.mark.parametrize("month", [13, 19, 33, 39, 53, 60, 99])
def test_any_other_month_of_an_ssin_is_refused(month: int) -> None:
    assert not is_ssin(with_check_digits(f"80{month:02d}01999"))


def test_the_month_and_the_day_of_an_ssin_may_be_unknown_or_exceed() -> None:
    for birth in ("800000999", "800100999", "800199999"):
        assert is_ssin(with_check_digits(birth))


@given(
    year=st.integers(0, 25),
    month=st.integers(0, 99),
    day=st.integers(0, 99),
    century=st.sampled_from(["", "2"]),
    off=st.sampled_from([0, 0, 0, 1]),
)
def test_ssin_agrees_with_python_stdnum_for_the_years_it_knows(
    year: int, month: int, day: int, century: str, off: int
) -> None:
    birth = f"{year:02d}{month:02d}{day:02d}999"
    number = f"{birth}{97 - int(century + birth) % 97 + off:02d}"
    assert is_ssin(number) == ssn.is_valid(number)


def test_a_remainder_of_zero_gives_the_check_digits_97_and_not_00() -> None:
    assert 999973 % 97 == 12000064 % 97 == 0
    assert is_nihii("99997397")
    assert not is_nihii("99997300")
    assert is_cbe("1200006497")
    assert not is_cbe("1200006400")  # though the sum that python-stdnum forms is a multiple of 97


@pytest.mark.parametrize("number", ["19999024001", "19999024003", "19999024004", "71999041000", "81999048000"])
def test_a_nihii_number_may_carry_its_qualification(number: str) -> None:
    assert is_nihii(number)
    assert not is_nihii(number[:9])
    assert not is_nihii(number[:10])


def test_a_nihii_number_may_be_checked_by_modulus_89() -> None:
    assert 89 - 199990 % 89 == 82
    assert is_nihii("19999082")
    assert not is_nihii("19999083")


@pytest.mark.parametrize("number", ["12345678", "12345679"])
def test_a_placeholder_nihii_number_of_public_code_is_none(number: str) -> None:
    assert not is_nihii(number)


def test_a_cbe_number_begins_with_0_or_1() -> None:
    assert 97 - 20000001 % 97 == 41
    assert not is_cbe("2000000141")


def test_a_cbe_number_of_nine_digits_is_none() -> None:
    assert not is_cbe("809394427")


@given(number=st.integers(0, 29_999_999), off=st.sampled_from([0, 0, 0, -1]))
def test_cbe_agrees_with_python_stdnum_for_check_digits_that_exist(number: int, off: int) -> None:
    text = f"{number:08d}{max(97 - number % 97 + off, 1):02d}"
    assert is_cbe(text) == vat.is_valid(text)


def test_an_ehp_number_begins_with_1990_and_is_a_cbe_number_by_form() -> None:
    assert is_cbe("1990009933")
    assert not is_ehp("1200000064")
