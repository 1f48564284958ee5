"""Our WSDL keeps WS-I Basic Profile 1.1 (`rules.md` 3), and carries the policy of `rules.md` 3.1."""

import pytest
from lxml import etree

from mockserver.contract import default_contract_directory
from mockserver.namespaces import WSU

from .conftest import ContractCopy
from .wsdl_checks import PREFIXES, SECURITY_POLICY, Files
from .wsdl_profile import ROWS, Row

EACH_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.requirements}")


@pytest.fixture
def ours() -> Files:
    return Files(default_contract_directory())


@EACH_ROW
def test_the_wsdl_keeps(row: Row, ours: Files) -> None:
    assert row.holds(ours)


@EACH_ROW
def test_a_breach_is_noticed_of(row: Row, contract_copy: ContractCopy) -> None:
    contract_copy.replace(*row.breach)
    assert not row.holds(Files(contract_copy.directory))


def assertions(ours: Files) -> dict[str, etree._Element]:
    """The policy's assertions of WS-SecurityPolicy by local name; each occurs once."""
    nodes = list(ours.find("wsp:Policy")[0].iter(f"{{{SECURITY_POLICY}}}*"))
    found = {etree.QName(node).localname: node for node in nodes}
    assert len(found) == len(nodes)
    return found


def test_the_policy_protects_the_request_and_not_the_answer(ours: Files) -> None:
    references = list(ours.wsdl.iter("{http://schemas.xmlsoap.org/ws/2004/09/policy}PolicyReference"))
    assert references == ours.find("wsdl:binding/wsdl:operation/wsdl:input/wsp:PolicyReference")
    assert [reference.get("URI") for reference in references] == ["#SAML_HOK"]
    assert [policy.get(f"{{{WSU}}}Id") for policy in ours.find("wsp:Policy")] == ["SAML_HOK"]


def test_the_policy_asks_for_a_saml_1_1_token_that_the_client_sends(ours: Files) -> None:
    found = assertions(ours)
    include = f"{{{SECURITY_POLICY}}}IncludeToken"
    assert found["SamlToken"].get(include) == f"{SECURITY_POLICY}/IncludeToken/AlwaysToRecipient"
    assert found["SamlToken"].find("wsp:Policy/sp:WssSamlV11Token10", PREFIXES) is not None
    assert found["X509Token"].get(include) == f"{SECURITY_POLICY}/IncludeToken/Never"
    assert found["X509Token"].find("wsp:Policy/sp:WssX509V3Token10", PREFIXES) is not None
    initiator, recipient = found["InitiatorToken"], found["RecipientToken"]
    assert initiator.find("wsp:Policy/sp:SamlToken", PREFIXES) is found["SamlToken"]
    assert recipient.find("wsp:Policy/sp:X509Token", PREFIXES) is found["X509Token"]


def test_the_policy_has_sha_256_a_timestamp_and_a_lax_layout(ours: Files) -> None:
    found = assertions(ours)
    binding = found["AsymmetricBinding"]
    assert binding.find("wsp:Policy/sp:AlgorithmSuite/wsp:Policy/sp:Basic256Sha256", PREFIXES) is not None
    assert binding.find("wsp:Policy/sp:Layout/wsp:Policy/sp:Lax", PREFIXES) is not None
    assert binding.find("wsp:Policy/sp:IncludeTimestamp", PREFIXES) is not None
    assert binding.find("wsp:Policy/sp:OnlySignEntireHeadersAndBody", PREFIXES) is not None
    references = {etree.QName(node).localname for node in found["Wss10"].iter(f"{{{SECURITY_POLICY}}}*")}
    assert references == {"Wss10", "MustSupportRefKeyIdentifier", "MustSupportRefIssuerSerial"}


def test_the_policy_signs_the_body_and_does_not_ask_for_a_signed_token(ours: Files) -> None:
    found = assertions(ours)
    assert [child.tag for child in found["SignedParts"]] == [f"{{{SECURITY_POLICY}}}Body"]
    assert "ProtectTokens" not in found
    comments = " ".join(str(comment.text) for comment in ours.wsdl.iter(etree.Comment))
    assert "ProtectTokens" in comments  # why it is left out is said on the spot


def test_every_file_says_on_top_what_is_ours(ours: Files) -> None:
    for root in [ours.wsdl, *ours.schemas.values()]:
        note = root.getprevious()
        assert note is not None
        assert isinstance(note, etree._Comment)
        assert any(word in str(note.text) for word in ("Reconstructed:", "Our own writing"))
