"""A66 to A69 and A75: substituted tokens, doubled or altered SignedInfo, values that two readers read differently."""

from collections.abc import Callable

from lxml import etree

from conformance.client.signer import TokenSignature
from mockserver.namespaces import DS
from tests.attacks.catalogue import attack
from tests.attacks.forgery import WSU_ID, canonical, ds, evil_body, find, part, reference_to, set_digest, sign_value
from tests.attacks.tokens import substitute
from tests.conftest import Mock
from tests.forge import Forge, duplicate

# A66: KeyInfo and token are not covered where Body and Timestamp alone are signed, and then the token may be swapped
# for another valid one of the same key: `test_token_substitution.py`. Where the holder signed the token, it may not.

_COVERED = {"direct": TokenSignature.DIRECT, "str": TokenSignature.STR_TRANSFORM}
for _name, _kind in _COVERED.items():

    def _swapped(mock: Mock, kind: TokenSignature = _kind) -> Forge:
        return mock.forge(token_signature=kind).replace_token(substitute(mock))

    def _swapped_with_same_id(mock: Mock, kind: TokenSignature = _kind) -> Forge:
        forge = mock.forge(token_signature=kind)
        return forge.replace_token(substitute(mock, assertion_id=forge.assertion.get("AssertionID")))

    attack(
        f"A66-{_name}",
        soa="SOA-01001",
        rules=("S52", "S22"),
        title=f"The token, which the holder signed ({_name}), is swapped for another of the same key",
    )(_swapped)
    attack(
        f"A66-{_name}-same-id",
        soa="SOA-01001",
        rules=("S22",),
        title=f"As A66-{_name}, and the other token has the same AssertionID",
    )(_swapped_with_same_id)


def _evil_signed_info(forge: Forge) -> etree._Element:
    """A SignedInfo whose digest fits the evil Body, which stands in the message."""
    evil = evil_body(forge)
    evil.set(WSU_ID, forge.body.get(WSU_ID, ""))
    reference = reference_to(forge, forge.body)
    forge.root.replace(forge.body, evil)
    signed_info = duplicate(forge.signed_info)
    set_digest(signed_info[forge.signed_info.index(reference)], canonical(evil))
    return signed_info


@attack("A67", soa="SOA-01001", rules=("S54",))
def second_signed_info_last(mock: Mock) -> Forge:
    """Two SignedInfo elements: the first was signed, the second has the digest of the evil Body"""
    forge = mock.forge()
    forge.signed_info.addnext(_evil_signed_info(forge))
    return forge


@attack("A67-first", soa="SOA-01001", rules=("S54",))
def second_signed_info_first(mock: Mock) -> Forge:
    """As A67 in the other order"""
    forge = mock.forge()
    forge.signed_info.addprevious(_evil_signed_info(forge))
    return forge


@attack("A67-last", soa="SOA-01001", rules=("S54",))
def second_signed_info_after_key_info(mock: Mock) -> Forge:
    """As A67, the second one after KeyInfo"""
    forge = mock.forge()
    forge.signature.append(_evil_signed_info(forge))
    return forge


@attack("A67-nested", soa="SOA-01001", rules=("S54",))
def signed_info_in_signed_info(mock: Mock) -> Forge:
    """The SignedInfo that was signed stands in an evil one"""
    forge = mock.forge()
    evil = _evil_signed_info(forge)
    good = forge.signed_info
    forge.signature.replace(good, evil)
    evil.append(good)
    return forge


@attack("A67-object", soa="SOA-01001", rules=("S54",))
def signed_info_in_an_object(mock: Mock) -> Forge:
    """The SignedInfo that was signed stands in a ds:Object, an evil one in its place"""
    forge = mock.forge()
    evil = _evil_signed_info(forge)
    good = forge.signed_info
    forge.signature.replace(good, evil)
    ds(forge.signature, "Object").append(good)
    return forge


@attack("A67-token", soa="SOA-01001", rules=("H06",))
def second_signed_info_in_the_token(mock: Mock) -> Forge:
    """The assertion's own signature has two SignedInfo elements"""
    forge = mock.forge()
    signature = forge.assertion.find(f"{{{DS}}}Signature")
    assert signature is not None
    signature.insert(1, duplicate(signature[0]))
    return forge


@attack("A67-two-values", soa="SOA-01001", rules=("S54",))
def two_signature_values(mock: Mock) -> Forge:
    """Two SignatureValue elements, the second of a stranger"""
    forge = mock.forge()
    ds(forge.signature, "SignatureValue", "AAAA")
    return forge


# A68: comments. Canonicalisation drops those in DigestValue, so the attacker needs no key for them.

_COMMENTED: dict[str, Callable[[Forge], etree._Element]] = {
    "digest-value": lambda forge: find(forge.signed_info, "DigestValue"),
    "signature-value": lambda forge: part(forge, "SignatureValue"),
    "token-digest-value": lambda forge: find(forge.assertion, "DigestValue"),
    "token-signature-value": lambda forge: find(forge.assertion, "SignatureValue"),
    "token-certificate": lambda forge: find(forge.assertion, "X509Certificate"),
}
for _name, _element in _COMMENTED.items():
    for _place in ("front", "middle", "end"):

        def _commented(mock: Mock, element: Callable[[Forge], etree._Element] = _element, place: str = _place) -> Forge:
            forge = mock.forge()
            found = element(forge)
            text = found.text or ""
            at = {"front": 0, "middle": len(text) // 2, "end": len(text)}[place]
            comment = etree.Comment("x")
            found.text, comment.tail = text[:at], text[at:]
            found.append(comment)
            return forge

        attack(
            f"A68-{_name}-{_place}",
            soa="SOA-01001",
            rules=("H16",) if _name == "token-certificate" else ("S54", "H06"),
            title=f"A comment in the {_name}, at its {_place}",
        )(_commented)


@attack("A68-evil", soa="SOA-01001", rules=("S54",))
def comment_with_the_real_value(mock: Mock) -> Forge:
    """The DigestValue is that of the evil Body, behind a comment with the real one"""
    forge = mock.forge()
    real = find(reference_to(forge, forge.body), "DigestValue").text or ""
    evil = _evil_signed_info(forge)
    forge.signature.replace(forge.signed_info, evil)
    value = find(reference_to(forge, forge.body), "DigestValue")
    comment = etree.Comment(real)
    comment.tail, value.text = value.text, None
    value.append(comment)
    return forge


@attack("A68-element", soa="SOA-01001", rules=("S54",))
def element_in_digest_value(mock: Mock) -> Forge:
    """An element stands in the DigestValue, signed so by the holder"""
    forge = mock.forge()
    ds(find(forge.signed_info, "DigestValue"), "X")
    return sign_value(forge)


@attack("A68-cdata", soa="SOA-01001", rules=("S22",))
def evil_digest_in_cdata(mock: Mock) -> bytes:
    """The evil Body's DigestValue is the real one with a CDATA section put before it"""
    forge = mock.forge()
    real = find(reference_to(forge, forge.body), "DigestValue").text or ""
    return forge.octets().replace(f">{real}<".encode(), f"><![CDATA[AAAA]]>{real}<".encode(), 1)


@attack("A69", soa="SOA-01001", rules=("S54",))
def digest_value_in_an_object(mock: Mock) -> Forge:
    """A DigestValue of the evil Body stands in a ds:Object, where a search from the root finds it"""
    forge = mock.forge()
    good = forge.signed_info
    evil = _evil_signed_info(forge)
    assert good is forge.signed_info
    ds(forge.signature, "Object").append(evil)
    return forge


@attack("A69-before", soa="SOA-01001", rules=("S22",))
def digest_value_before_the_signature(mock: Mock) -> Forge:
    """As A69, as a child of Security before the signature"""
    forge = mock.forge()
    forge.signature.addprevious(find(_evil_signed_info(forge), "DigestValue"))
    return forge


@attack("A69-block", soa="SOA-01001", rules=("S22",))
def digest_value_in_a_header_block(mock: Mock) -> Forge:
    """As A69, a whole Reference as the first header block"""
    forge = mock.forge()
    forge.header.insert(0, find(_evil_signed_info(forge), "Reference"))
    return forge


@attack("A69-two", soa="SOA-01001", rules=("S54",))
def two_digest_values(mock: Mock) -> Forge:
    """A Reference has two DigestValues, both right, signed so by the holder"""
    forge = mock.forge()
    value = find(forge.signed_info, "DigestValue")
    value.addnext(duplicate(value))
    return sign_value(forge)


@attack("A69-two-methods", soa="SOA-01001", rules=("S54",))
def two_digest_methods(mock: Mock) -> Forge:
    """A Reference has two DigestMethods, signed so by the holder"""
    forge = mock.forge()
    method = find(forge.signed_info, "DigestMethod")
    second = duplicate(method)
    second.set("Algorithm", f"{DS}sha1")
    method.addnext(second)
    return sign_value(forge)


# A75: SignedInfo in other octets. No key is used.


def _reorder(forge: Forge) -> None:
    signed_info = forge.signed_info
    signed_info.append(forge.references[0])


def _swap_methods(forge: Forge) -> None:
    forge.signed_info.insert(0, part(forge, "SignatureMethod"))


def _blank(forge: Forge) -> None:
    forge.signed_info.text = "\n"


_CHANGES: dict[str, tuple[Callable[[Forge], object], tuple[str, ...]]] = {
    "references": (_reorder, ("H18",)),
    "methods": (_swap_methods, ("S54",)),
    "blank": (_blank, ("H18",)),
    "id": (lambda forge: forge.signed_info.set("Id", "SI"), ("H18",)),
    "type": (lambda forge: forge.references[0].set("Type", f"{DS}Object"), ("H18",)),
    "reference-id": (lambda forge: forge.references[0].set("Id", "R"), ("H18",)),
    "less": (lambda forge: forge.signed_info.remove(forge.references[1]), ("H18", "S52")),
    "more": (lambda forge: forge.signed_info.append(duplicate(forge.references[1])), ("H18",)),
    "text": (lambda forge: setattr(forge.references[0], "tail", "text"), ("H18",)),
}
for _name, (_change, _rules) in _CHANGES.items():

    def _changed(mock: Mock, change: Callable[[Forge], object] = _change) -> Forge:
        forge = mock.forge()
        change(forge)
        return forge

    attack(f"A75-{_name}", soa="SOA-01001", rules=_rules, title=f"SignedInfo is changed after signing: {_name}")(
        _changed
    )


@attack("A75-prefix", soa="SOA-01001", rules=("H18",))
def other_prefix(mock: Mock) -> bytes:
    """SignedInfo has another prefix, bound to the same namespace"""
    forge = mock.forge()
    prefix = (forge.signed_info.prefix or "").encode()
    before, tag, after = forge.octets().rpartition(b"<" + prefix + b":SignedInfo")
    renamed = tag.replace(prefix, b"other") + b' xmlns:other="' + DS.encode() + b'"'
    end = b"</" + prefix + b":SignedInfo"
    return before + renamed + after.replace(end, end.replace(prefix, b"other"), 1)
