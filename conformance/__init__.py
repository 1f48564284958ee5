"""The conformance suite: does an endpoint behave as the DossierNumberGeneration cookbook says?"""
