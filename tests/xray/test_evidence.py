"""What an X-ray shows besides its diagnosis: digests, canonical octets, keys, SignatureValue apart from the digests."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.instant import SECOND
from mockserver.xray.budget import Limits
from mockserver.xray.known import Known
from mockserver.xray.visible import first_difference, visible
from tests.xray.specimens import Bench, c14n, key_of_the_hospital, set_digest_value


def test_each_reference_shows_what_is_declared_and_what_was_digested(bench: Bench) -> None:
    forge = bench.forge()
    declared = forge.references[0][-1].text
    forge.operation.set("Lang", "nl")
    (message, token) = bench.explain(forge.octets()).signatures
    body, timestamp = message.references
    assert (body.declared, body.matches, timestamp.matches) == (declared, False, True)
    assert body.octets == c14n(forge.body)
    assert body.computed == base64.b64encode(hashlib.sha256(c14n(forge.body)).digest()).decode()
    assert body.target == "Envelope/Body"
    assert [reference.matches for reference in token.references] == [True]


def test_signature_value_is_judged_apart_from_the_digests(bench: Bench) -> None:
    forge = bench.forge()
    forge.operation.set("Lang", "nl")
    message, token = bench.explain(forge.octets()).signatures
    assert (message.verifies, token.verifies) == (True, True)
    assert message.octets == c14n(forge.signed_info)


def test_the_key_that_was_used_and_the_confirmed_one_are_shown(bench: Bench) -> None:
    specimen = key_of_the_hospital(bench)
    message = bench.explain(specimen.octets, specimen.known).signatures[0]
    assert message.used is not None and message.confirmed is not None
    assert message.used.certificate == bench.mock.credentials("hospital").certificate
    assert message.confirmed.certificate == bench.mock.credentials().certificate
    assert message.to_json()["confirmed"]["sha256"] == (
        bench.mock.credentials().certificate.fingerprint(hashes.SHA256()).hex()
    )


def test_a_key_that_nobody_knows_is_not_guessed(bench: Bench) -> None:
    forge = bench.forge().sign(rsa.generate_private_key(65537, 2048))
    message = bench.explain(forge.octets(), Known()).signatures[0]
    assert (message.verifies, message.used) == (False, None)


def test_an_untrusted_sts_is_told_and_its_token_digested_all_the_same(bench: Bench) -> None:
    stranger = bench.forge()
    stranger.replace_token(stranger.credentials.reissued(self_issued=True).token.octets).sign()
    token = bench.explain(stranger.octets()).signatures[1]
    assert "not trusted" in (token.problem or "")
    assert (token.verifies, [reference.matches for reference in token.references]) == (None, [True])


def test_transforms_that_are_not_allowed_are_not_carried_out(bench: Bench) -> None:
    forge = bench.forge()
    forge.references[0][0][0].set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    body = bench.explain(forge.octets()).signatures[0].references[0]
    assert (body.matches, body.octets) == (None, None)
    assert "not carried out" in (body.problem or "")


def test_a_reference_that_names_nothing_is_told_with_what_its_digest_belongs_to(bench: Bench) -> None:
    forge = bench.forge()
    forge.references[0].set("URI", "#elsewhere")
    diagnoses = bench.explain(forge.octets()).diagnoses
    assert any("Envelope/Body was digested instead" in diagnosis.headline for diagnosis in diagnoses)


def test_what_is_no_xml_has_no_x_ray(bench: Bench) -> None:
    assert bench.explain(b"<not closed").headline == "There is no XML document to look into"


def test_a_message_without_signature_has_no_x_ray(bench: Bench) -> None:
    forge = bench.forge()
    forge.header.clear()
    assert bench.explain(forge.octets()).headline == "There is no signature to look into"


def test_nothing_is_claimed_where_nothing_fits(bench: Bench) -> None:
    forge = bench.forge()
    set_digest_value(forge, 0, base64.b64encode(hashlib.sha256(b"quite another thing").digest()).decode())
    strict = Bench(bench.mock.state, Limits(steps=5_000))
    diagnoses = strict.explain(forge.octets()).diagnoses
    body = next(diagnosis for diagnosis in diagnoses if diagnosis.part == "Body")
    assert (body.headline, body.notes) == ("Body: no known mistake explains it", [])


def test_the_search_ends_at_its_step_limit_and_says_so(bench: Bench) -> None:
    strict = Bench(bench.mock.state, Limits(steps=2_000))
    forge = bench.forge()
    forge.operation[0][1][0].text = "SOMEBODY ELSE ALTOGETHER"
    effort = strict.explain(forge.octets()).effort
    assert effort.steps <= 2_000
    assert effort.stopped == f"after {effort.steps} steps, the limit"


def test_the_search_ends_at_its_time_limit_and_says_so(bench: Bench) -> None:
    strict = Bench(bench.mock.state, Limits(seconds=0))
    forge = bench.forge()
    forge.operation[0][1][0].text = "SOMEBODY ELSE ALTOGETHER"
    explanation = strict.explain(forge.octets())
    assert explanation.effort.stopped == "after 0 s, the limit"
    assert explanation.signatures[0].references[0].matches is False


def test_two_mistakes_at_once_are_both_named(bench: Bench) -> None:
    """Digested before its id was there, and inclusively."""
    forge = bench.forge()
    name = next(iter(forge.body.attrib))
    identifier = forge.body.attrib.pop(name)
    octets = etree.tostring(forge.body, method="c14n")
    forge.body.set(name, identifier)
    set_digest_value(forge, 0, base64.b64encode(hashlib.sha256(octets).digest()).decode())
    body = bench.explain(forge.octets()).diagnoses[0]
    assert {note.mistake for note in body.notes} == {"before-id", "inclusive-c14n"}


def test_the_offset_that_would_have_been_accepted_is_told(bench: Bench) -> None:
    forge = bench.mock.forge(now=bench.now + 20 * 60 * SECOND)
    headline = bench.explain(forge.octets()).headline
    assert "set back by 15 min to 26 min would have been accepted" in headline


def test_the_json_form_is_plain_data(bench: Bench) -> None:
    forge = bench.forge()
    etree.indent(forge.body)
    content = json.loads(json.dumps(bench.explain(forge.octets()).to_json()))
    assert content["headline"].startswith("Body: it was pretty-printed after signing")
    assert content["diagnoses"][0]["mistakes"][0]["mistake"] == "pretty-printed"
    octets = base64.b64decode(content["signatures"][0]["references"][0]["octets"])
    assert octets == c14n(forge.body)
    assert base64.b64decode(content["diagnoses"][0]["signed"]["octets"]) == c14n(compact(forge.body))


def compact(element: etree._Element) -> etree._Element:
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.fromstring(etree.tostring(element), parser)


def test_everything_invisible_is_shown() -> None:
    octets = "a b\tc\r\n\u00a0\u200b\u0301é".encode() + b"\xff"
    assert visible(octets) == "a·b→c␍␊\n⍽⟨U+200B⟩⟨U+0301⟩é⟨FF⟩"


def test_the_first_difference_is_shown_with_what_stands_around_it() -> None:
    assert first_difference(b"same", b"same") is None
    assert first_difference(b"<a>x</a>", b"<a> x</a>") == ("<a>x</a>", "<a>·x</a>")


def test_the_key_of_an_earlier_token_is_recognised(bench: Bench) -> None:
    """Nobody knows the key by name, but a message before confirmed it."""
    before, forge = bench.mock.forge("hospital", now=bench.now), bench.forge()
    forge.sign(before.credentials.key)
    first = bench.explain(forge.octets(), Known(earlier=[before.octets()])).diagnoses[0]
    assert [note.mistake for note in first.notes] == ["other-session"]


def test_a_changed_token_is_told_before_the_key_that_no_longer_fits(bench: Bench) -> None:
    forge = bench.forge()
    confirmed = next(forge.assertion.iter("{*}SubjectConfirmation"))
    certificate = next(confirmed.iter("{*}X509Certificate"))
    certificate.text = base64.b64encode(
        bench.mock.credentials("hospital").certificate.public_bytes(Encoding.DER)
    ).decode()
    diagnoses = bench.explain(forge.octets(), Known(certificates=[("me", forge.credentials.certificate)])).diagnoses
    assert diagnoses[0].part == "Assertion"


def test_a_wrong_key_shows_behind_a_canonicalisation_that_is_not_accepted(bench: Bench) -> None:
    forge = bench.forge()
    forge.signed_info[0].set("Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
    found = bench.explain(forge.sign(rsa.generate_private_key(65537, 2048)).octets()).diagnoses
    assert {note.mistake for diagnosis in found for note in diagnosis.notes} == {"algorithm-refused", "unknown-key"}


def test_what_could_not_be_tried_is_not_said_to_verify(bench: Bench) -> None:
    forge = bench.forge()
    forge.replace_token(forge.credentials.reissued(self_issued=True).token.octets).sign()
    assert "of the token could not be checked" in bench.explain(forge.octets()).headline


def test_the_headline_names_every_mistake_that_was_found(bench: Bench) -> None:
    forge = bench.forge()
    octets = etree.tostring(forge.body, method="c14n")
    set_digest_value(forge, 0, base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode())
    headline = bench.explain(forge.octets()).diagnoses[0].headline
    assert "canonicalised inclusively" in headline
    assert "and 1 more: another hash algorithm was used" in headline
