"""The contract of `wsdl/`, and how `mockserver.contract` reads this one and others."""
