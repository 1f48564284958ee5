"""The fourteen invariants of the verifier, by name (`rules.md` 6.1), each over HTTP with messages that try it.

Every attack of the catalogue names its invariant there and is tried whole in `test_attacks`; here stands, for each
invariant, what would succeed if that one alone were given up. Harmless counterparts are in `test_controls_*`.
"""

import base64
from collections.abc import Callable

import pytest

from tests.attacks.catalogue import Request, attacks
from tests.attacks.conftest import anonymous
from tests.conftest import Mock, Reply


def tried(mock: Mock, attack_id: str) -> Reply:
    """Send one attack of the catalogue; it must be refused and issue nothing."""
    [attack] = [attack for attack in attacks() if attack.id == attack_id]
    message = attack.build(mock)
    issued = mock.issued()
    body, fields = (message.body, message.fields) if isinstance(message, Request) else (message, None)
    reply = mock.post(body, fields)
    assert reply.status != "Success", attack.title
    assert reply.rules, attack.title
    assert mock.issued() == issued
    return reply


def refused_like_a_stranger(mock: Mock, *attack_ids: str) -> None:
    for attack_id in attack_ids:
        assert tried(mock, attack_id).soa == "SOA-01001", attack_id


def test_i1_position_comes_before_id(mock: Mock) -> None:
    """A signed Body, Timestamp elsewhere in the message count for nothing (A01, A10, A11)."""
    refused_like_a_stranger(mock, "A01", "A10", "A11")


def test_i2_an_id_has_one_kind_of_attribute_and_one_owner(mock: Mock) -> None:
    """None (A41) or two (A09, A25) are refused."""
    refused_like_a_stranger(mock, "A41", "A09", "A25")


def test_i3_a_reference_stays_in_the_document(mock: Mock) -> None:
    """`test_attacks` holds for every attack that the collaborator is never reached."""
    refused_like_a_stranger(mock, "A44-http", "A44-relative")


def test_i4_a_reference_has_one_transform_of_the_white_list(mock: Mock) -> None:
    """No XPath (A48), and no second canonicalisation (A50)."""
    refused_like_a_stranger(mock, "A48-xpath-nothing", "A48-filter2-subtract", "A50")


def test_i5_an_algorithm_fits_the_key_and_is_never_an_hmac(mock: Mock) -> None:
    """The certificate of the holder is public, and so no key of an HMAC (A54)."""
    refused_like_a_stranger(mock, "A54-pem", "A54-spki")


def test_i6_nothing_in_key_info_is_trusted(mock: Mock) -> None:
    """A key that the message brings along verifies nothing (A57)."""
    refused_like_a_stranger(mock, "A57-x509", "A57-key-value")


def test_i7_a_broken_signature_value_is_told_before_what_the_message_says(mock: Mock) -> None:
    """A request that is wrong in its Requester gets its Table 2 answer only when its signature holds."""
    forge = mock.forge()
    value = forge.signature.find("{*}SignatureValue")
    assert value is not None
    value.text = base64.b64encode(bytes(256)).decode()
    assert mock.post(forge).soa == "SOA-01001"
    refused_like_a_stranger(mock, "A72-signature-other", "A72-digest-other")


def test_i8_what_was_digested_is_what_is_answered(mock: Mock) -> None:
    """One letter of the Person changed after signing is a broken digest; unchanged, the same message succeeds."""
    forge = mock.forge()
    assert mock.post(forge).status == "Success"
    changed = mock.forge()
    name = next(changed.operation.iter("{*}LastName"))
    name.text = f"{name.text}X"
    reply = mock.post(changed)
    assert (reply.soa, reply.status) == ("SOA-01001", None)


def test_i9_there_is_no_dtd(mock: Mock) -> None:
    """Even an empty one (A82); entities and instructions in `parser_documents`."""
    for attack_id in ("A82", "A82-subset"):
        assert tried(mock, attack_id).soa == "SOA-03004"


def test_i10_a_value_is_its_whole_text_and_holds_no_comment(mock: Mock) -> None:
    """A117."""
    refused_like_a_stranger(mock, "A117", "A117-expires")


def test_i11_everything_is_counted(mock: Mock) -> None:
    """A fifth Reference (A51-five), a depth beyond 64; the others in `parser_sizes`."""
    refused_like_a_stranger(mock, "A51-five")
    reply = tried(mock, "A87-own-limit")
    assert (reply.soa, reply.rules) == ("SOA-03001", ["I11"])


def test_i12_a_message_is_accepted_once(mock_of: Callable[[str], Mock]) -> None:
    """Told in profile cookbook, where the cookbook is silent; refused in profile hardened in `test_replay_memory`."""
    mock = mock_of("cookbook")
    forge = mock.forge()
    first, second = mock.post(forge), mock.post(forge)
    assert (first.status, first.warnings) == ("Success", [])
    assert second.warnings == ["I12"]


def test_i13_every_refusal_looks_the_same(mock: Mock, not_authenticated: tuple[bytes, dict[str, str]]) -> None:
    """A key, a digest, an id and a stranger without header: one answer but for ids and time."""
    for attack_id in ("A57-x509", "A72-digest-other", "A41", "A44-http"):
        assert anonymous(tried(mock, attack_id)) == not_authenticated, attack_id


@pytest.mark.parametrize("part", ["digest", "signature"])
def test_i14_decoding_is_strict(part: str, mock: Mock) -> None:
    """Base64 with junk, unused bits or digits of other scripts is no base64 (A72)."""
    refused_like_a_stranger(mock, *(f"A72-{part}-{form}" for form in ("junk", "unused-bits", "full-width", "url-safe")))
