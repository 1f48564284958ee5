"""SignedInfo as it may have been when it was signed: with other DigestValues than it has now."""

from collections.abc import Sequence

from lxml import etree

from mockserver.namespaces import DS
from mockserver.xray.attempt import Variant, Variants
from mockserver.xray.subject import Kind, Subject, changed

_DIGEST_VALUE = f"{{{DS}}}DigestValue"


def variants(subject: Subject, computed: Sequence[str | None]) -> Variants:
    """With empty DigestValues, and with those that fit the message; `computed` has one for each Reference."""
    if subject.kind not in (Kind.SIGNED_INFO, Kind.TOKEN_SIGNED_INFO):
        return
    texts: dict[str, list[str | None]] = {
        "the DigestValues were still empty when SignedInfo was signed": ["" for _ in computed],
        "DigestValues were changed after SignedInfo had been signed": list(computed),
    }
    for detail, values in texts.items():
        places = [range(len(values)), *([n] for n in range(len(values)))]
        for chosen in places:

            def put(twin: etree._Element, chosen: Sequence[int] = chosen, values: list[str | None] = values) -> None:
                found = list(twin.iter(_DIGEST_VALUE))
                for number in chosen:
                    if number < len(found) and values[number] is not None:
                        found[number].text = values[number]

            yield Variant("signed-info-changed", changed(subject.element, put), detail)
