"""The published documentation: catalogue, register of requirements, sources and pages."""
