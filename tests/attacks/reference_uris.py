"""A40 to A46: references that are missing, name nothing, or name what is not an element of this message.

Where the row tampers with SignedInfo, the holder signs it so: what refuses is the rule, not a broken signature.
"""

from collections.abc import Callable

from mockserver.namespaces import DS, ENVELOPED_SIGNATURE, EXC_C14N
from tests.attacks.catalogue import attack
from tests.attacks.collaborator import collaborator
from tests.attacks.forgery import WSU_ID, canonical, reference_to, set_digest, set_transforms, sign_value
from tests.conftest import Mock
from tests.forge import Forge


@attack("A40", soa="SOA-01001", rules=("S30",))
def no_signature(mock: Mock) -> Forge:
    """There is no signature"""
    forge = mock.forge()
    forge.security.remove(forge.signature)
    return forge


@attack("A40-no-security", soa="SOA-01001", rules=("S01",))
def no_security(mock: Mock) -> Forge:
    """There is no Security header"""
    forge = mock.forge()
    forge.header.remove(forge.security)
    return forge


@attack("A40-no-header", soa="SOA-01001", rules=("S01",))
def no_header(mock: Mock) -> Forge:
    """There is no Header"""
    forge = mock.forge()
    forge.root.remove(forge.header)
    return forge


@attack("A40-empty-security", soa="SOA-01001", rules=("S30",))
def empty_security(mock: Mock) -> Forge:
    """The Security header is empty"""
    forge = mock.forge()
    forge.security[:] = []
    return forge


@attack("A40-no-reference", soa="SOA-01001", rules=("S54",))
def no_reference(mock: Mock) -> Forge:
    """The holder signs a SignedInfo without a Reference"""
    forge = mock.forge()
    for reference in forge.references:
        forge.signed_info.remove(reference)
    return forge.sign()


@attack("A40-empty-signature", soa="SOA-01001", rules=("S54",))
def empty_signature(mock: Mock) -> Forge:
    """The signature is an empty element"""
    forge = mock.forge()
    forge.signature[:] = []
    return forge


@attack("A40-no-signed-info", soa="SOA-01001", rules=("S54",))
def no_signed_info(mock: Mock) -> Forge:
    """The signature has no SignedInfo"""
    forge = mock.forge()
    forge.signature.remove(forge.signed_info)
    return forge


@attack("A41", soa="SOA-01001", rules=("S52",))
def dangling_reference_to_body(mock: Mock) -> Forge:
    """The Body loses its id"""
    forge = mock.forge()
    del forge.body.attrib[WSU_ID]
    return forge


@attack("A41-timestamp", soa="SOA-01001", rules=("S52",))
def dangling_reference_to_timestamp(mock: Mock) -> Forge:
    """The Timestamp gets another id"""
    forge = mock.forge()
    forge.timestamp.set(WSU_ID, "TS-other")
    return forge


@attack("A41-third", soa="SOA-01001", rules=("S52",))
def third_reference_dangling(mock: Mock) -> Forge:
    """Beside Body and Timestamp the holder signs a reference to nothing"""
    forge = mock.forge()
    reference = forge.add_reference("nowhere")
    set_digest(reference, b"")
    return sign_value(forge)


def _with_uri(mock: Mock, uri: str | None, *, instead: bool = True) -> Forge:
    """The holder signs a reference with this URI, whose digest is that of the Body."""
    forge = mock.forge()
    body = forge.body
    reference = reference_to(forge, body) if instead else forge.add_reference("placeholder")
    if uri is None:
        del reference.attrib["URI"]
    else:
        reference.set("URI", uri.replace("{id}", body.get(WSU_ID, "")))
    set_digest(reference, canonical(body))
    return sign_value(forge)


def _whole_document(mock: Mock, transforms: list[str]) -> Forge:
    """The holder signs the document without its Signature by URI="", as an enveloped signature does."""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    reference.set("URI", "")
    set_transforms(reference, transforms)
    signature, security = forge.signature, forge.security
    place = security.index(signature)
    security.remove(signature)
    octets = canonical(forge.root)
    security.insert(place, signature)
    set_digest(reference, octets)
    return sign_value(forge)


@attack("A42", soa="SOA-01001", rules=("S42",))
def empty_uri(mock: Mock) -> Forge:
    """The empty URI: the whole document, with exclusive c14n alone"""
    return _whole_document(mock, [EXC_C14N])


@attack("A42-enveloped", soa="SOA-01001", rules=("S42",))
def empty_uri_enveloped(mock: Mock) -> Forge:
    """The empty URI with the enveloped-signature transform: every other verifier finds this signature right"""
    return _whole_document(mock, [ENVELOPED_SIGNATURE, EXC_C14N])


@attack("A42-enveloped-alone", soa="SOA-01001", rules=("S42",))
def empty_uri_enveloped_alone(mock: Mock) -> Forge:
    """The empty URI with the enveloped-signature transform and no canonicalisation"""
    return _whole_document(mock, [ENVELOPED_SIGNATURE])


@attack("A42-too", soa="SOA-01001", rules=("S42",))
def empty_uri_beside(mock: Mock) -> Forge:
    """The empty URI beside good references to Body and Timestamp"""
    return _with_uri(mock, "", instead=False)


@attack("A42-fragment", soa="SOA-01001", rules=("S42",))
def empty_fragment(mock: Mock) -> Forge:
    """The URI is # alone"""
    return _with_uri(mock, "#")


@attack("A43", soa="SOA-01001", rules=("S42",))
def no_uri(mock: Mock) -> Forge:
    """The reference to Body has no URI: what it means is left to the application"""
    return _with_uri(mock, None)


@attack("A43-too", soa="SOA-01001", rules=("S42",))
def no_uri_beside(mock: Mock) -> Forge:
    """A reference without URI beside good ones"""
    return _with_uri(mock, None, instead=False)


def _authority() -> str:
    return f"127.0.0.1:{collaborator().port}"


_EXTERNAL: dict[str, Callable[[], str]] = {
    "A44-http": lambda: f"http://{_authority()}/x",
    "A44-http-fragment": lambda: f"http://{_authority()}/x#{{id}}",
    "A44-https": lambda: f"https://{_authority()}/x",
    "A44-ftp": lambda: f"ftp://{_authority()}/x",
    "A44-no-scheme": lambda: f"//{_authority()}/x",
    "A44-relative": lambda: "body.xml#{id}",
    "A45-file": lambda: collaborator().file_url,
    "A45-file-passwd": lambda: "file:///etc/passwd",
    "A45-path": lambda: str(collaborator().file),
    "A45-cid": lambda: "cid:body@example.org",
    "A45-jar": lambda: f"jar:http://{_authority()}/x.jar!/body.xml",
    "A45-jar-file": lambda: f"jar:{collaborator().file_url}!/body.xml",
    "A45-data": lambda: "data:text/xml,<x/>",
    "A46-xpointer-root": lambda: "#xpointer(/)",
    "A46-xpointer-id": lambda: "#xpointer(id('{id}'))",
    "A46-xpointer-path": lambda: "#xpointer(/*/*[2])",
    "A46-element": lambda: "#element(/1/2)",
    "A46-element-id": lambda: "#element({id})",
    "A46-percent": lambda: "#%69d-{id}",
    "A46-blank": lambda: "#{id} ",
    "A46-blank-before": lambda: " #{id}",
    "A46-two-fragments": lambda: "##{id}",
}
for _id, _uri in _EXTERNAL.items():
    for _instead in (True, False):

        def _external(mock: Mock, uri: Callable[[], str] = _uri, instead: bool = _instead) -> Forge:
            return _with_uri(mock, uri(), instead=instead)

        attack(
            _id if _instead else f"{_id}-too",
            soa="SOA-01001",
            rules=("S42", "S07"),
            title=f"The holder signs a reference to {_id.partition('-')[2]} {'instead of' if _instead else 'beside'} "
            "the Body",
        )(_external)


@attack("A46-percent-first", soa="SOA-01001", rules=("S07",))
def percent_encoded(mock: Mock) -> Forge:
    """The first character of the id is percent-encoded: references are compared as they stand, never decoded"""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    reference.set("URI", f"#%69{forge.body.get(WSU_ID, '')[1:]}")
    return sign_value(forge)


@attack("A46-type", soa="SOA-01001", rules=("S54", "S52"))
def typed_object(mock: Mock) -> Forge:
    """The reference to Body is of Type Object and names an Object of the same id"""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    reference.set("Type", f"{DS}Object")
    reference.set("URI", "#object")
    holder = forge.signature.makeelement(f"{{{DS}}}Object", {"Id": "object"})
    forge.signature.append(holder)
    set_digest(reference, canonical(holder))
    return sign_value(forge)
