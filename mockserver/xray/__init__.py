"""Signature X-ray: says why a signature or digest does not verify, not only that.

It looks at the message beside the wire and after the answer. Nothing of it decides anything, and none of it may be
logged.
"""

from mockserver.xray.budget import Limits
from mockserver.xray.explain import explain, explain_octets
from mockserver.xray.explanation import Diagnosis, Explanation
from mockserver.xray.known import Known

__all__ = ["Diagnosis", "Explanation", "Known", "Limits", "explain", "explain_octets"]
