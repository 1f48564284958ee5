"""The register of requirements: what the cookbook and the profiles it names ask, and what answers for each of them.

One row for each sentence that binds somebody, in three files of data: what the cookbook says (`cookbook.toml`), what
our answers and our conduct must be (`answers.toml`), and what our WSDL must be (`description.toml`). A row names rules
of the gateway, cases of the suite or tests of this project, or says why nothing can test it.
"""

from mockserver.requirements.register import Part, Reading, Requirement, RequirementsError, load_part, parts

__all__ = ["Part", "Reading", "Requirement", "RequirementsError", "load_part", "parts"]
