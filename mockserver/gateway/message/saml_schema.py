"""The assertion against the schema of SAML 1.1, in our own writing (`gateway/schemas`)."""

from functools import cache
from importlib import resources

from lxml import etree


def schema_violation(assertion: etree._Element) -> str | None:
    """The validator's first complaint about the assertion; None if it is valid.

    Nothing of the tree changes: the schema has no defaults and no xs:ID. The complaint names elements and quotes no
    text of the token.
    """
    schema = _schema()
    if schema.validate(assertion):
        return None
    error = schema.error_log[0]
    return f"{error.type_name} at {error.path}"


@cache
def _schema() -> etree.XMLSchema:
    source = resources.files("mockserver.gateway").joinpath("schemas", "saml-assertion-1.1.xsd").read_bytes()
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    return etree.XMLSchema(etree.fromstring(source, parser))
