"""The catalogue of rules as data, as a table and as pages. Everything in it comes from the registry.

`python -m mockserver.catalogue` writes the generated files of `docs/`.
"""

from mockserver.catalogue.data import CATALOGUE_VERSION, catalogue, published
from mockserver.catalogue.terminal import print_catalogue

__all__ = ["CATALOGUE_VERSION", "catalogue", "print_catalogue", "published"]
