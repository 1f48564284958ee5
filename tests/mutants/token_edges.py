"""Tokens at the edges of the rules."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from mockserver.gateway.policy import Policy
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Credential
from mockserver.namespaces import DS, SAML, SAML_20
from tests.attacks.tokens import authority, certify, credential, sign_assertion, token
from tests.forge import Forge, duplicate
from tests.mutants.edge_kit import LONG, block
from tests.mutants.recorder import Message, Recorder
from tests.rules.assertion_rows import CONDITIONS, adding_to, altering, attribute, itself, part, saml
from tests.rules.bench import NOON, at
from tests.rules.breaks import FOREIGN
from tests.rules.test_token_times import TIMES


def _advice(place: str) -> Callable[[etree._Element], None]:
    def alter(assertion: etree._Element) -> None:
        advice = etree.Element(saml("Advice"))
        CONDITIONS(assertion).addnext(advice)
        parent = etree.SubElement(advice, saml("Assertion")) if place == "deep" else advice
        etree.SubElement(parent, f"{{{SAML_20 if place == '2.0' else SAML}}}Assertion", AssertionID="_inner")

    return alter


def _two_audiences(*lists: tuple[str, ...]) -> Callable[[etree._Element], None]:
    def alter(assertion: etree._Element) -> None:
        for audiences in lists:
            condition = etree.SubElement(CONDITIONS(assertion), saml("AudienceRestrictionCondition"))
            condition.append(etree.Comment("x"))
            for audience in audiences:
                etree.SubElement(condition, saml("Audience")).text = audience

    return alter


def _second_conditions(assertion: etree._Element) -> None:
    twin = duplicate(CONDITIONS(assertion))
    twin.set("NotBefore", "soon")
    del twin.attrib["NotOnOrAfter"]
    CONDITIONS(assertion).addnext(twin)


def _commented_conditions(assertion: etree._Element) -> None:
    CONDITIONS(assertion).append(etree.Comment("x"))
    for name in ("DoNotCacheCondition", "Condition", "OtherCondition"):
        etree.SubElement(CONDITIONS(assertion), saml(name))


def _later(assertion: etree._Element, *instants: str) -> None:
    for name, instant in zip(("NotBefore", "NotOnOrAfter"), instants, strict=True):
        CONDITIONS(assertion).set(name, instant)


def _many_values(assertion: etree._Element) -> None:
    """Three values of one attribute, two of another, and the first again in a second Attribute."""
    for element in list(assertion.iter(saml("Attribute"))):
        if element.get("AttributeNamespace") == "urn:be:fgov:identification-namespace":
            for number in range(2):
                etree.SubElement(element, saml("AttributeValue")).text = f"value {number}"


def _not_certified(assertion: etree._Element) -> None:
    """A certified name in a third namespace, an unnamed suffix, and an unknown name in a third namespace."""
    for name in ("urn:be:fgov:other:nihii11", "urn:be:fgov:other:boolean", "urn:be:fgov:other"):
        twin = duplicate(attribute(assertion))
        twin.set("AttributeName", name)
        twin.set("AttributeNamespace", "urn:example")
        attribute(assertion).addnext(twin)


def token_edges(recorder: Recorder) -> Iterator[Message]:
    for case, times, _, _ in TIMES:
        options: dict[str, Any] = dict(times)
        forge = Forge.request(recorder.bench.credentials(**options), recorder.contract, NOON)
        yield Message(f"times: {case}", recorder.plain(forge))
    alterations: dict[str, Callable[[etree._Element], object]] = {
        "an assertion in Advice": _advice("direct"),
        "a SAML 2.0 assertion in Advice": _advice("2.0"),
        "an assertion in an assertion in Advice": _advice("deep"),
        "two audiences": _two_audiences(("urn:other", " urn:ours\n")),
        "audiences of two conditions": _two_audiences(("urn:ours",), ("urn:other",), ("urn:third",)),
        "a second Conditions": _second_conditions,
        "conditions of three names and a comment": _commented_conditions,
        "NotBefore and NotOnOrAfter equal, in the future": lambda token: _later(
            token, "2022-08-01T11:00:00Z", "2022-08-01T11:00:00Z"
        ),
        "NotBefore after NotOnOrAfter": lambda token: _later(token, "2022-08-01T10:00:00Z", "2022-08-01T09:30:00Z"),
        "NotBefore no time": lambda token: _later(token, "soon", "2022-08-01T11:00:00Z"),
        "NotOnOrAfter no time": lambda token: _later(token, "2022-08-01T09:00:00Z", "late"),
        "no NotBefore": altering(part("Conditions"), "NotBefore", None),
        "a long version": lambda token: token.attrib.update({"MajorVersion": LONG[:30], "MinorVersion": LONG[:30]}),
        "MinorVersion 0": altering(itself, "MinorVersion", "0"),
        "MajorVersion 2": altering(itself, "MajorVersion", "2"),
        "no MinorVersion": altering(itself, "MinorVersion", None),
        "an AssertionID of 256 characters": altering(itself, "AssertionID", "a" * 256),
        "an AssertionID of 257 characters": altering(itself, "AssertionID", "a" * 257),
        "no Issuer and no IssueInstant": lambda token: [token.attrib.pop(name) for name in ("Issuer", "IssueInstant")],
        "IssueInstant tomorrow": altering(itself, "IssueInstant", "2022-08-02T10:00:00Z"),
        "AuthenticationInstant tomorrow": altering(
            part("AuthenticationStatement"), "AuthenticationInstant", "2022-08-02T10:00:00Z"
        ),
        "AuthenticationInstant in five minutes": altering(
            part("AuthenticationStatement"), "AuthenticationInstant", "2022-08-01T10:05:00Z"
        ),
        "AuthenticationInstant no time": altering(part("AuthenticationStatement"), "AuthenticationInstant", "soon"),
        "many values": _many_values,
        "certified names elsewhere": _not_certified,
        "an unknown child of the assertion": adding_to(itself, saml("Other")),
    }
    ours: Callable[[Policy], Policy] = lambda policy: replace(  # noqa: E731
        policy, settings=replace(policy.settings, audiences=("urn:ours", "urn:theirs"))
    )
    skewed: Callable[[Policy], Policy] = lambda policy: replace(  # noqa: E731
        policy, settings=replace(policy.settings, assertion_skew=0, assertion_end_skew=3600)
    )
    for case, alter in alterations.items():
        forge = recorder.forge().replace_token(token(recorder, alter)).sign()
        yield Message(case, recorder.plain(forge))
        if "audiences" in case:
            yield Message(f"{case}, one of them ours", recorder.plain(forge), under=ours)
        if "NotBefore" in case:
            yield Message(f"{case}, by other skews", recorder.plain(forge), under=skewed)
    yield from _tokens_elsewhere(recorder)
    yield from _signers(recorder)


def _tokens_elsewhere(recorder: Recorder) -> Iterator[Message]:
    for tag, place in product((saml("Assertion"), f"{{{SAML_20}}}Assertion"), ("Header/Security", "Header/Block")):
        forge = recorder.forge()
        block("Header")(forge)
        block(place, tag)(forge)
        yield Message(f"{tag.rpartition(':')[2]} in {place}", recorder.plain(forge))
    for outer in (FOREIGN, saml("Assertion")):
        forge = recorder.forge()
        parent = etree.SubElement(etree.SubElement(forge.header, outer), saml("Advice"))
        etree.SubElement(parent, saml("Assertion"), AssertionID="_inner")
        yield Message(f"Advice in {outer.rpartition('}')[2]} in Header", recorder.plain(forge))
    forge = recorder.forge()
    etree.SubElement(etree.SubElement(forge.security, saml("Advice")), saml("Assertion"))
    yield Message("Advice in Security", recorder.plain(forge))


def _signers(recorder: Recorder) -> Iterator[Message]:
    """Tokens by other STSs, which the operator trusts; and by ours, when its certificate has ended."""
    late = at("2035-08-01T10:00:00Z")
    yield Message("ten years later", recorder.plain(recorder.forge(now=late), received=late))
    holder = credential(recorder)
    for case, bits in (("a good STS", 2048), ("an STS with a small key", 1024)):
        key = rsa.generate_private_key(65537, bits)
        sts = Credential(holder.persona, key, certify(recorder, key.public_key()))
        issued = issue_assertion(authority(recorder.state), holder, now=NOON, sts_credential=sts)
        forge = recorder.forge().replace_token(issued).sign()
        pinned = sts.certificate
        yield Message(
            case,
            recorder.plain(forge),
            under=lambda policy, pinned=pinned: replace(policy, trust=replace(policy.trust, sts_pins=(pinned,))),  # type: ignore[misc]
        )
        yield Message(f"{case}, not trusted", recorder.plain(forge))
    for count in (0, 2):
        assertion = etree.fromstring(token(recorder))
        data = assertion.find(f"{{{DS}}}Signature/{{{DS}}}KeyInfo/{{{DS}}}X509Data")
        assert data is not None
        data[:] = [duplicate(data[0]) for _ in range(count)]
        signed = etree.tostring(sign_assertion(assertion, authority(recorder.state).sts_key))
        yield Message(f"{count} certificates of the STS", recorder.plain(recorder.forge().replace_token(signed).sign()))
