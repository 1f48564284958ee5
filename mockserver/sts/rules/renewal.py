"""The token that a renewal brings: judged by the very rules that judge it at the service."""

from collections.abc import Iterator
from functools import partial

from cryptography import x509

from mockserver.gateway.crypto.keys import confirmation_key
from mockserver.gateway.crypto.trust import key_bytes
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import path_of
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import Breach, Stage
from mockserver.sts.exchange import of_sts
from mockserver.sts.rules.catalogue import STS_RULES, share

_BROUGHT = {"H01": "K05"}

share("H02", "H03", "H05", "H06", "SHA1-token", "H08", "H07", "H21", "H04", "H09", "H10", "H11", instead=_BROUGHT)
share("H12", "H13", "H14", "H16", "H15", "H23", "H24", "H29", instead=_BROUGHT)

security = partial(STS_RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")


@security(
    "K06",
    "A token is renewed by its holder",
    source="decisions 4b (valid token of another holder); reconstructed: no source shows who else may renew",
    advice="Sign the renewal with the key that the token confirms.",
    requires=("K01", "H15", "H16"),
    essential=True,
    reconstructed=True,
)
def renewed_by_holder(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The key of the BinarySecurityToken is the one that the token to renew confirms."""
    asked = of_sts(exchange)
    if asked.assertion is None or not isinstance(asked.certificate, x509.Certificate):
        return
    confirmed = confirmation_key(asked.assertion.confirmations[0], policy.limits)
    if key_bytes(confirmed) != asked.key_name:
        yield Breach("the token confirms another key than the one that signs", path_of(asked.assertion.element))
