"""The STS beside the service: WS-Trust 1.3 and SAML-P, as far as clients of GenerateCovidId use them."""
