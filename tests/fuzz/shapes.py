"""Valid signed messages of every shape that the gateway takes: what the fuzzer spoils."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from conformance.client.credentials import Credentials, StateFolder
from conformance.client.signer import TokenSignature
from mockserver.contract import Contract
from mockserver.identities.personas import personas
from mockserver.instant import Instant, read_date_time
from mockserver.namespaces import DS, EXC_C14N
from tests.forge import Forge, Mutation
from tests.samples.messages import SAMPLES

_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"

PERSONAS: Final = tuple(personas())


@dataclass(frozen=True)
class Shape:
    """A message that is good when it comes at the moment it is meant for."""

    octets: bytes
    received: Instant
    credentials: Credentials | None
    """Of who signed it; None where the key is not ours (the samples of foreign stacks)."""


def shapes(folder: StateFolder, contract: Contract, now: Instant) -> Iterator[Shape]:
    """Each persona, the token signed in each way, each algorithm, PrefixLists, and the samples of foreign stacks."""
    for persona in PERSONAS:
        for token_signature in TokenSignature:
            credentials = folder.credentials(persona)
            forge = Forge.request(credentials, contract, now, token_signature=token_signature)
            yield Shape(forge.octets(), now, credentials)
    credentials = folder.credentials("physician")
    for change in (
        *map(_signed_by, _SIGNATURE_METHODS),
        *map(_digested_by, _DIGEST_METHODS),
        *map(_with_prefixes, _LISTS),
    ):
        forge = Forge.request(credentials, contract, now)
        change(forge)
        yield Shape(forge.sign().octets(), now, credentials)
    for sample in SAMPLES:
        yield Shape(Path(sample.file).read_bytes(), read_date_time(sample.received).instant, None)


_SIGNATURE_METHODS: Final = (
    f"{_MORE}rsa-sha384",
    f"{_MORE}rsa-sha512",
    f"{DS}rsa-sha1",
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
)
_DIGEST_METHODS: Final = (f"{_MORE}sha384", "http://www.w3.org/2001/04/xmlenc#sha512", f"{DS}sha1")
_LISTS: Final = ("wsu SOAP-ENV", "#default wsu p c")


def _signed_by(algorithm: str) -> Mutation:
    return lambda forge: _methods(forge, "SignatureMethod")[0].set("Algorithm", algorithm)


def _digested_by(algorithm: str) -> Mutation:
    def change(forge: Forge) -> None:
        for method in _methods(forge, "DigestMethod"):
            method.set("Algorithm", algorithm)

    return change


def _with_prefixes(prefixes: str) -> Mutation:
    return lambda forge: [
        etree.SubElement(method, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefixes)
        for method in (*_methods(forge, "CanonicalizationMethod"), *_methods(forge, "Transform"))
    ]


def _methods(forge: Forge, name: str) -> list[etree._Element]:
    return list(forge.signed_info.iter(f"{{{DS}}}{name}"))
