"""A14 to A19 and A21: wrapped assertions, in the geometry of SAML wrapping ("XSW3" to "XSW8").

The attacker holds one signed message. The evil assertion names another person; the one that the STS signed stands
somewhere else, so that its signature still verifies.
"""

from collections.abc import Callable

from lxml import etree

from mockserver.namespaces import DS, SAML
from tests.attacks.catalogue import attack
from tests.attacks.forgery import evil_assertion, name_token, own_signature, without_signature, wrapper
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge, duplicate, moved

_ONE = ("H01",)


@attack("A14", soa="SOA-01001", rules=_ONE)
def evil_before(mock: Mock) -> Forge:
    """XSW3: an evil assertion without signature stands before the good one, which KeyInfo names"""
    forge = mock.forge()
    forge.assertion.addprevious(without_signature(evil_assertion(forge)))
    return forge


@attack("A14-after", soa="SOA-01001", rules=_ONE)
def evil_after(mock: Mock) -> Forge:
    """As A14, after the good one"""
    forge = mock.forge()
    forge.assertion.addnext(without_signature(evil_assertion(forge)))
    return forge


@attack("A14-signed", soa="SOA-01001", rules=_ONE)
def evil_before_with_signature(mock: Mock) -> Forge:
    """As A14, and the evil assertion carries a copy of the good one's signature"""
    forge = mock.forge()
    forge.assertion.addprevious(evil_assertion(forge))
    return forge


@attack("A14-same-id", soa="SOA-01001", rules=_ONE)
def evil_before_with_same_id(mock: Mock) -> Forge:
    """As A14, and both assertions have one AssertionID"""
    forge = mock.forge()
    forge.assertion.addprevious(without_signature(evil_assertion(forge, None)))
    return forge


@attack("A14-named", soa="SOA-01001", rules=_ONE)
def evil_named(mock: Mock) -> Forge:
    """As A14, and KeyInfo names the evil one"""
    forge = mock.forge()
    forge.assertion.addnext(without_signature(evil_assertion(forge)))
    name_token(forge, "_evil")
    return forge


@attack("A15", soa="SOA-01001", rules=_ONE)
def good_in_evil(mock: Mock) -> Forge:
    """XSW4: the evil assertion contains the good one"""
    forge = mock.forge()
    good = forge.assertion
    evil = without_signature(evil_assertion(forge))
    forge.security.replace(good, evil)
    moved(good, evil)
    name_token(forge, "_evil")
    return forge


@attack("A15-first", soa="SOA-01001", rules=_ONE)
def good_first_in_evil(mock: Mock) -> Forge:
    """As A15, the good one as first child, with its AssertionID still named by KeyInfo"""
    forge = mock.forge()
    good = forge.assertion
    evil = without_signature(evil_assertion(forge))
    forge.security.replace(good, evil)
    evil.insert(0, good)
    return forge


@attack("A15-advice", soa="SOA-01001", rules=("H05",))
def good_in_advice_of_evil(mock: Mock) -> Forge:
    """As A15 in an Advice, where an assertion may stand: but then the outer one must be signed"""
    forge = mock.forge()
    good = forge.assertion
    evil = without_signature(evil_assertion(forge))
    forge.security.replace(good, evil)
    advice = etree.Element(f"{{{SAML}}}Advice")
    evil.insert(1, advice)
    moved(good, advice)
    name_token(forge, "_evil")
    return forge


@attack("A16", soa="SOA-01001", rules=_ONE)
def good_at_the_end(mock: Mock) -> Forge:
    """XSW5: the evil assertion keeps the signature, the good one without it stands at the end of Security"""
    return _signature_in_evil(mock, lambda forge, _: forge.security)


@attack("A16-header", soa="SOA-01001", rules=_ONE)
def good_in_a_header_block(mock: Mock) -> Forge:
    """As A16, the good one in a header block"""
    return _signature_in_evil(mock, lambda forge, _: wrapper(forge.header))


@attack("A16-own-id", soa="SOA-01001", rules=("H06",))
def signature_names_another(mock: Mock) -> Forge:
    """The evil assertion keeps the signature and there is nothing for its reference to name"""
    forge = mock.forge()
    forge.assertion.set("AssertionID", "_evil")
    name_token(forge, "_evil")
    return forge


@attack("A17", soa="SOA-01001", rules=_ONE)
def good_in_the_signature(mock: Mock) -> Forge:
    """XSW6: the good one stands in the signature of the evil one"""
    return _signature_in_evil(mock, lambda _, evil: own_signature(evil))


@attack("A18", soa="SOA-01001", rules=_ONE)
def evil_in_a_header_block(mock: Mock) -> Forge:
    """XSW7: the evil assertion, of the same AssertionID, stands in a header block before Security"""
    forge = mock.forge()
    block = wrapper(forge.header)
    block.append(evil_assertion(forge, None))
    forge.header.insert(0, block)
    return forge


@attack("A18-extensions", soa="SOA-01001", rules=_ONE)
def evil_in_security(mock: Mock) -> Forge:
    """As A18, in a foreign child of Security"""
    forge = mock.forge()
    block = wrapper(forge.security)
    forge.security.insert(0, block)
    block.append(evil_assertion(forge, None))
    return forge


@attack("A18-advice", soa="SOA-01001", rules=("H21",))
def evil_in_added_advice(mock: Mock) -> Forge:
    """The evil assertion is put into an Advice of the good one, whose signature does not survive it"""
    forge = mock.forge()
    advice = etree.Element(f"{{{SAML}}}Advice")
    advice.append(without_signature(evil_assertion(forge)))
    forge.assertion.insert(1, advice)
    return forge


@attack("A18-signed-advice", soa="SOA-01001", rules=("S06",))
def same_id_in_signed_advice(mock: Mock) -> Forge:
    """The STS itself signed an Advice that holds an assertion of the same AssertionID"""

    def with_twin(assertion: etree._Element) -> None:
        advice = etree.Element(f"{{{SAML}}}Advice")
        twin = duplicate(assertion)
        advice.append(without_signature(twin))
        assertion.insert(1, advice)

    return mock.forge().replace_token(token(mock, with_twin))


@attack("A19", soa="SOA-01001", rules=_ONE)
def good_in_an_object(mock: Mock) -> Forge:
    """XSW8: the good one stands in a ds:Object of the evil one's signature"""
    return _signature_in_evil(mock, lambda _, evil: etree.SubElement(own_signature(evil), f"{{{DS}}}Object"))


@attack("A19-same-id", soa="SOA-01001", rules=_ONE)
def good_in_an_object_with_same_id(mock: Mock) -> Forge:
    """As A19, and both have one AssertionID, so that the reference names the assertion it stands in"""
    return _signature_in_evil(
        mock, lambda _, evil: etree.SubElement(own_signature(evil), f"{{{DS}}}Object"), identifier=None
    )


# Two children of Body are SOA-03004 (R9981), which stands before security.
@attack("A21", soa="SOA-03004", rules=("Q39",))
def token_beside_the_operation(mock: Mock) -> Forge:
    """The token is moved into Body"""
    forge = mock.forge()
    moved(forge.assertion, forge.body)
    return forge


@attack("A21-operation", soa="SOA-01001", rules=_ONE)
def token_in_the_operation(mock: Mock) -> Forge:
    """The token stands in the operation, and the holder signs the Body with it"""
    forge = mock.forge()
    moved(forge.assertion, forge.operation)
    return forge.sign()


@attack("A21-both", soa="SOA-01001", rules=_ONE)
def token_in_both(mock: Mock) -> Forge:
    """A copy of the token stands in the operation too, and the holder signs the Body with it"""
    forge = mock.forge()
    forge.operation.append(duplicate(forge.assertion))
    return forge.sign()


@attack("A21-header", soa="SOA-01001", rules=_ONE)
def token_as_a_header_block(mock: Mock) -> Forge:
    """The token is a header block beside Security"""
    forge = mock.forge()
    moved(forge.assertion, forge.header)
    return forge


def _signature_in_evil(
    mock: Mock, hide_in: Callable[[Forge, etree._Element], etree._Element], identifier: str | None = "_evil"
) -> Forge:
    """Put the evil assertion with the good one's signature in place; the good one, without, where `hide_in` says."""
    forge = mock.forge()
    good = forge.assertion
    evil = evil_assertion(forge, identifier)
    forge.security.replace(good, evil)
    moved(without_signature(good), hide_in(forge, evil))
    name_token(forge, evil.get("AssertionID", ""))
    return forge
