"""An answer as bytes: no field breaks out of its line."""

import pytest

from mockserver.gateway.exchange import Answer
from mockserver.http.wire import answer_bytes


def written(*fields: tuple[str, str], status: int = 200) -> bytes:
    answer = Answer(http=status, fields=fields, body=b"<a/>", correlation_id="7")
    return answer_bytes(answer, date="now", version="1.1", with_body=True, close=False)


def test_status_line_date_fields_correlation_id_and_length_in_this_order() -> None:
    assert written(("A", "b"), status=404) == (
        b"HTTP/1.1 404 Not Found\r\nDate: now\r\nA: b\r\nX-CorrelationID: 7\r\nContent-Length: 4\r\n\r\n<a/>"
    )


def test_what_the_answer_says_itself_is_not_said_twice() -> None:
    assert written(("date", "then"), ("X-CORRELATIONID", "8")) == (
        b"HTTP/1.1 200 OK\r\ndate: then\r\nX-CORRELATIONID: 8\r\nContent-Length: 4\r\n\r\n<a/>"
    )


@pytest.mark.parametrize("value", ["a\tb", "d\xe9j\xe0 vu", "\xa0", "\x80", ""])
def test_what_is_not_printable_but_no_control_character_of_ascii_passes(value: str) -> None:
    assert f"\r\nA: {value}\r\n".encode("latin-1") in written(("A", value))


@pytest.mark.parametrize("control", [chr(code) for code in (*range(9), *range(10, 32), 127)])
def test_a_control_character_is_a_fault_of_ours(control: str) -> None:
    for name, value in (("A", f"b{control}c"), (f"A{control}", "b"), ("A", control)):
        with pytest.raises(ValueError, match="control character in the answer's field"):
            written(("B", "c"), (name, value))
