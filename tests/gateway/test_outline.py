"""The outline of a message: what has one, which messages share one, and that no other tree passes for one of them.

The oracle of the last tests reads trees and shares nothing with the outline, which reads characters.
"""

import random
import re
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.outline import VALUES, Outline, outline_of, token_in
from mockserver.gateway.message.security import WSU_ID
from mockserver.gateway.precedent import Precedent, name_of, precedent_of
from mockserver.gateway.registry import RULES
from mockserver.namespaces import SAML
from tests.fuzz.mutations import mutated
from tests.gateway.conftest import Workshop

LIMITS: Final = Limits()

_ID: Final = re.compile("#?[A-Za-z_][A-Za-z0-9_.-]*")

MESSAGE: Final = (
    '<e:Envelope xmlns:e="urn:e"><e:Header><Timestamp Id="TS-1"><Created>2026-01-01T00:00:00Z</Created></Timestamp>'
    '<s:Assertion xmlns:s="urn:s" AssertionID="_token"><s:Value>80010199976</s:Value></s:Assertion>'
    '<Signature Id="SIG-1"><Reference URI="#TS-1"/><Reference URI="#id-1"/><DigestValue>abc=</DigestValue>'
    "<KeyIdentifier>_token</KeyIdentifier></Signature></e:Header>"
    '<e:Body Id="id-1"><Request Id="_1" IssueInstant="2026-01-01T00:00:00.000Z"><LastName>Name</LastName></Request>'
    "</e:Body></e:Envelope>"
)


def outline(text: str) -> Outline | None:
    token = token_in(text)
    return None if token is None else outline_of(text, token, LIMITS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-01-01T00:00:00Z", "2031-12-31T23:59:59.999Z"),
        ("2026-01-01T00:00:00.000Z", "2031-12-31T23:59:59Z"),
        ("abc=", "0123456789&#13;\n+/=="),
        (">Name<", '>D\'Hondt "Zoë" &amp; O&apos;Neil<'),
        ("TS-1", "TS-e2f5"),
        ("id-1", "body.7"),
        ("_1", "_f00"),
    ],
)
def test_messages_that_differ_in_values_share_their_outline(old: str, new: str) -> None:
    other = MESSAGE.replace(old, new)
    assert other != MESSAGE
    assert outline(other) is not None
    assert shape(other) == shape(MESSAGE)


def shape(text: str) -> tuple[str | None, str, list[int]] | None:
    """What must be equal of two messages with the same outline."""
    found = outline(text)
    return None if found is None else (token_in(text), found.text, list(found.ids.values()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("80010199976", "80010199977"),  # the token, to the letter
        ("<KeyIdentifier>_token", "<KeyIdentifier>_other"),
        ("<e:Body ", "<e:Body  "),
        ("</Created>", "</Created> "),
        ("<LastName>Name</LastName>", "<LastName/>"),
        ("<LastName>Name</LastName>", "<LastName><b/>Name</LastName>"),
        ("<LastName>Name</LastName>", "<FirstNames>Name</FirstNames>"),
        ("<LastName>Name</LastName>", "<Unknown>Name</Unknown>"),
        ("<LastName>Name", "<LastName>a>Name"),
        ('URI="#TS-1"', 'URI="#id-1"'),  # another pattern of ids
        ('URI="#TS-1"', 'URI="TS-1"'),
        ('Id="SIG-1"', 'Id="TS-1"'),
        ('Id="SIG-1"', 'Id="_token"'),
        ('Id="SIG-1"', 'Id="1st"'),  # no NCName: rule S07 has a say
        ('Id="SIG-1"', 'Id="' + "A" * 257 + '"'),
        ('Id="SIG-1"', 'ID="SIG-1"'),
        ('Id="SIG-1"', 'xmlns:Id="SIG-1"'),
        ("abc=", "A" * 2049),  # longer than the limit on a DigestValue
        ("urn:e", "urn:f"),
        ('IssueInstant="2026-01-01T00:00:00.000Z"', 'IssueInstant="today"'),
    ],
)
def test_what_else_differs_is_told(old: str, new: str) -> None:
    other = MESSAGE.replace(old, new, 1)
    assert other != MESSAGE
    assert shape(other) != shape(MESSAGE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<LastName>", "<!-- --><LastName>"),
        ("Name<", "<![CDATA[Name]]><"),
        ("<LastName>", "<?p i?><LastName>"),
        ("<e:Envelope", "<!DOCTYPE a><e:Envelope"),
        ('Id="SIG-1"', "Id='SIG-1'"),
        ("<Request ", '<Request a="it\'s" '),
        ("</Timestamp>", '"</Timestamp>'),
        ("s:Assertion", "s:Token"),
        ("<e:Envelope ", '<e:Envelope xmlns:Assertion="urn:x" '),
        ("<e:Header>", "<e:Header>" + '<a Id="x1"/>' * 33 + "<Nihii>1</Nihii>" * 65),
        ("<e:Envelope", "<?p ?><e:Envelope"),
        ("</s:Assertion>", "</s:Assertion >"),
        ("<e:Body ", "<s:Assertion xmlns:s='urn:s'/><e:Body "),
        ("<e:Body ", '<s:Assertion xmlns:s="urn:s" ></s:Assertion ><e:Body '),
    ],
)
def test_what_the_outline_does_not_reckon_with_has_none(old: str, new: str) -> None:
    other = MESSAGE.replace(old, new, 1) if old != "s:Assertion" else MESSAGE.replace(old, new)
    assert other != MESSAGE
    assert outline(other) is None


@pytest.mark.parametrize(
    "repeated", [">", "<a>", '"', "'", "</a>", ">a</Created>", '<a Id="b', ":Assertion", "Assertion>", "<?"]
)
def test_no_text_takes_long(repeated: str) -> None:
    """Of 400,000 characters; what grew with their square would take minutes."""
    filled = MESSAGE.replace("Name<", repeated * (400_000 // len(repeated)) + "<")
    token = token_in(filled)
    assert token is None or outline_of(filled, token, LIMITS) is None or len(token) < len(filled)


def test_an_xml_declaration_is_a_part_of_the_outline() -> None:
    declared = '<?xml version="1.0" encoding="utf-8"?>' + MESSAGE
    assert outline(declared) is not None
    assert shape(declared) != shape(MESSAGE)


def test_an_id_that_stands_elsewhere_too_is_a_part_of_the_outline() -> None:
    """Else two messages would share an outline of which one alone has two places for the id."""
    found = outline(MESSAGE.replace("<Request ", '<Request note="see TS-1" '))
    assert found is not None
    assert list(found.ids) == ["SIG-1", "id-1", "_1"]
    assert found.text.count('Id="TS-1"') == 1


def test_a_namespace_is_no_id_whatever_its_prefix() -> None:
    one, other = (MESSAGE.replace("<Request ", f'<Request xmlns:Id="{name}" ') for name in ("one", "other"))
    assert shape(one) is not None
    assert shape(one) != shape(other)


# Against the tree.


class Exemplar:
    """A message that set a precedent, and the gateway that has it."""

    def __init__(self, workshop: Workshop, gateway: Gateway, octets: bytes) -> None:
        self.workshop, self.gateway, self.octets = workshop, gateway, octets
        for message in (workshop.forge().octets(), octets):  # the token is not new when the second one comes
            assert workshop.examine(gateway, message).answer.status == "Success"
        self.skeleton = skeleton(etree.fromstring(self.octets))

    def precedent(self, octets: bytes) -> Precedent | None:
        policy = self.gateway.policy
        request = HttpRequest("POST", ENDPOINT_PATH, "1.1", tuple(self.workshop.fields()), octets, self.workshop.now)
        exchange = Exchange(request, policy)
        name = name_of(exchange, policy, RULES)
        found = None if name is None else precedent_of(name, exchange)
        return found if exchange.document.root is not None else None


@pytest.fixture(scope="module")
def exemplar(workshop: Workshop) -> Exemplar:
    return Exemplar(workshop, workshop.gateway(), workshop.forge().octets())


def skeleton(root: etree._Element) -> list[object]:
    """Everything in the tree but values; of each string that an id may be equal to, where its like stands first."""
    token = next(root.iter(f"{{{SAML}}}Assertion"))
    in_token = set(token.iter())
    first: dict[str, int] = {}
    found: list[object] = []
    for element in root.iter():
        name = etree.QName(element).localname if isinstance(element.tag, str) else "?"
        is_value = name in VALUES and element not in in_token
        found += [element.tag, sorted((prefix or "", uri) for prefix, uri in element.nsmap.items()), element.tail]
        found.append(bool(element.text) if is_value else element.text)
        strings = [*element.attrib.items(), *([] if is_value else [("", (element.text or "").strip())])]
        for key, value in strings:
            local = str(key).rpartition("}")[2]
            place = first.setdefault(value.removeprefix("#"), len(first))
            if element in in_token or local not in ("Id", "URI", "IssueInstant"):
                found.append((key, place, value))
            elif local == "IssueInstant":
                found.append(key)
            else:
                found.append((key, place, value.startswith("#") if _ID.fullmatch(value) else value))
    return found


def test_the_next_message_of_a_client_finds_its_precedent(exemplar: Exemplar) -> None:
    again = exemplar.workshop.forge().octets()
    assert again != exemplar.octets
    assert exemplar.precedent(again) is not None
    assert skeleton(etree.fromstring(again)) == exemplar.skeleton


def test_an_id_is_none_that_stands_in_the_token_too(exemplar: Exemplar) -> None:
    forge = exemplar.workshop.forge()
    forge.operation.set("Id", forge.assertion.get("AssertionID", ""))
    assert exemplar.precedent(forge.octets()) is None
    assert exemplar.precedent(exemplar.workshop.forge().octets()) is not None


@pytest.mark.parametrize("written", ["#", "T"])
def test_an_id_that_is_referred_to_by_a_reference_to_a_character_can_not_be_another(
    workshop: Workshop, written: str
) -> None:
    """The message is accepted, for its canonical form is that of any other; but no number stands for such an id."""
    gateway, forge = workshop.gateway(), workshop.forge()
    uri = f'URI="#{forge.timestamp.get(WSU_ID)}"'
    octets = forge.octets().replace(uri.encode(), uri.replace(written, f"&#{ord(written)};", 1).encode())
    assert octets != forge.octets()
    other = Exemplar(workshop, gateway, octets)
    assert other.precedent(octets.replace(b'Id="TS-', b'Id="TS_')) is None


def spliced(chance: random.Random, text: str) -> str:
    """A small change where an outline could be deceived: quotes, ids, references to characters, tags, names."""
    pieces = (
        '"', "'", ">", "<", "&#65;", "&amp;", " ", "/", ":", "=", "Id", ' Id="x"', ' ID="x"', ' URI="#x"', "x", "#",
        "</LastName>", "<LastName>", "<a/>", ">a</Created>", ":Assertion", "Assertion>", "\0", "\x01", "\x01" "0",
    )  # fmt: skip
    ids = re.findall('I[dD]="([^"]+)"', text) or ["none"]
    at = chance.randrange(len(text))
    kind = chance.randrange(5)
    if kind == 0:
        return text[:at] + chance.choice(pieces) + text[at + chance.randrange(3) :]
    if kind == 1:  # one id, everywhere or once, becomes another
        return text.replace(chance.choice(ids), chance.choice((*ids, "x")), chance.choice((-1, 1)))
    if kind == 2:  # an attribute is written in another way
        chosen = chance.choice(ids)
        return text.replace(f'"{chosen}"', f'"&#{ord(chosen[0])};{chosen[1:]}"', 1)
    if kind == 3:
        return text.replace(' Id="', chance.choice((' ID="', ' xml:id="', ' xmlns:Id="', ' a:Id="')), 1)
    length = chance.randrange(40)
    to = chance.randrange(len(text))
    return text[:to] + text[at : at + length] + text[to:]


def check_a_changed_message(exemplar: Exemplar, seed: int, steps: int) -> bool:
    chance = random.Random(seed)
    text = exemplar.workshop.forge().octets().decode() if seed % 2 else exemplar.octets.decode()
    if chance.random() < 0.2:
        text = mutated(chance, text.encode()).decode("utf-8", "replace")
    for _ in range(steps):
        text = spliced(chance, text)
    octets = text.encode("utf-8", "replace")
    if exemplar.precedent(octets) is None:
        return False
    assert skeleton(etree.fromstring(octets)) == exemplar.skeleton, octets
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 3))
def test_a_message_that_follows_a_precedent_has_its_tree(exemplar: Exemplar, seed: int, steps: int) -> None:
    check_a_changed_message(exemplar, seed, steps)


@pytest.mark.slow
def test_of_many_changed_messages_those_that_follow_a_precedent_have_its_tree(exemplar: Exemplar) -> None:
    followed = sum(check_a_changed_message(exemplar, seed, 1 + seed % 3) for seed in range(20_000))
    assert followed > 100, "the control: changes of values follow it"
