"""The guard: which URLs the suite sends to, and which never (decisions.md 6)."""

import pytest

from conformance.client.endpoint import EndpointError, read_endpoint

PATH = "/DossierNumberGeneration/v1"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://localhost:8080", f"http://localhost:8080{PATH}"),
        ("http://localhost:8080/", f"http://localhost:8080{PATH}"),
        ("HTTP://LOCALHOST:80", f"http://localhost{PATH}"),
        ("https://services-acpt.ehealth.fgov.be:443", f"https://services-acpt.ehealth.fgov.be{PATH}"),
        ("http://127.0.0.1:9/other/path", "http://127.0.0.1:9/other/path"),
        ("http://127.0.0.1:9/?a=b", f"http://127.0.0.1:9{PATH}?a=b"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        (f"https://mock.example{PATH}", f"https://mock.example{PATH}"),
    ],
)
def test_a_path_is_used_as_given_and_the_cookbooks_is_added_when_there_is_none(given: str, used: str) -> None:
    assert read_endpoint(given).url == used


@pytest.mark.parametrize(
    "url",
    [
        "https://services.ehealth.fgov.be",
        f"https://services.ehealth.fgov.be{PATH}",
        "https://SERVICES.eHealth.FGOV.be/",
        "https://services.ehealth.fgov.be./",
        "https://services.ehealth.fgov.be../",
        "https://services.ehealth.fgov.be:8443/x",
        "http://services.ehealth.fgov.be:443",
        "http://services.ehealth.fgov.be",
    ],
)
def test_production_is_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(EndpointError, match="production environment"):
        read_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://services%2Eehealth.fgov.be/",
        "https://services。ehealth.fgov.be/",
        "https://ｓervices.ehealth.fgov.be/",
        "https://localhost\\@services.ehealth.fgov.be/",
        "https://services.ehealth.fgov.be\t/",
        "https://user:secret@localhost/",
        "https://localhost@services.ehealth.fgov.be/",
    ],
)
def test_tricks_with_the_host_are_refused_without_repeating_what_was_given(url: str) -> None:
    with pytest.raises(EndpointError) as refusal:
        read_endpoint(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "localhost:8080",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://a b/",
        "http://localhost:0",
        "http://localhost:99999",
        "http://localhost:x",
        "http://[::1",
    ],
)
def test_what_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(EndpointError):
        read_endpoint(url)
