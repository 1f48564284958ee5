"""A mock of the eHealth platform's service DossierNumberGeneration that behaves like it on the wire."""

__version__ = "0.1.0"
