"""Profiles and policy files: what they change, and what they cannot (decisions 5)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from conformance.client.message import Person, Requester
from conformance.client.signer import TokenSignature
from mockserver.gateway.profiles import PROFILES, PolicyError, load_profile, read_policy_file
from mockserver.gateway.registry import RULES, Level, Rule, Severity, Stage
from mockserver.instant import SECOND, format_instant
from tests.forge import Forge
from tests.gateway.conftest import Workshop, rules_of

Write = Callable[[str], Path]

ESSENTIAL = [rule for rule in RULES if rule.essential]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        file = tmp_path / "policy.toml"
        file.write_text(text, "utf-8")
        return file

    return to_file


def lasting(workshop: Workshop, seconds: int) -> Forge:
    """A message with so many seconds between Created and Expires."""
    forge = workshop.forge()
    forge.expires.text = format_instant(workshop.now // 10**6 * 10**6 + seconds * SECOND)
    return forge.sign()


def with_sha_1(workshop: Workshop) -> Forge:
    """As connectors before 4.0.2 sent it (wire-facts C2)."""
    forge = workshop.forge()
    forge.signed_info[1].set("Algorithm", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")
    for reference in forge.references:
        reference[1].set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")
    return forge.sign()


# The profiles, as data.


def severities(profile: str) -> dict[str, Severity]:
    changed, _ = load_profile(profile)
    return {rule.id: changed.get(rule.id, rule.severity) for rule in RULES}


# Each MUST that only warns, and why: the Def. column of rules.md, or a decision.
WARNING_MUSTS = {
    "Q17": "rules 1.1: the charset parameter wins over the declaration (R1019)",
    "S06-unused": "rules S06: other duplicates warn",
    "S18-form": "rules 7.3 no. 49",
    "S36": "rules S36",
    "S40": "rules S40",
    "S63": "rules S63",
    "S65-present": "rules S65: many clients leave it out",
    "H20-valid": "decisions 4, Trust: an expired one warns",
    "H29": "rules H29",
    "C03": "decisions 2.10: NIHII check digits only as a warning",
}
# Each SHOULD that refuses: what cannot be answered otherwise, and what cryptography hangs on.
REFUSING_SHOULDS = {"Q10": "R1113", "Q12": "R1115", "Q24": "E0010", "S42": "rules S42"}


def test_in_cookbook_must_refuses_and_should_warns_but_for_what_is_decided() -> None:
    assert load_profile("cookbook") == ({}, {})
    musts = {rule.id: rule.severity for rule in RULES if rule.level is Level.MUST}
    assert {rule_id for rule_id, severity in musts.items() if severity is not Severity.REJECT} == WARNING_MUSTS.keys()
    shoulds = {rule.id: rule.severity for rule in RULES if rule.level in (Level.SHOULD, Level.MAY)}
    assert {rule_id for rule_id, severity in shoulds.items() if severity is Severity.REJECT} == REFUSING_SHOULDS.keys()


def test_in_cookbook_hardening_refuses_but_for_unknown_children_and_replay() -> None:
    """decisions 5: everything in section 6 of the rules refuses, except replay and SHA-1; rules S10 for the other."""
    hardening = {rule.id: rule.severity for rule in RULES if rule.level is Level.HARDENING}
    assert {rule_id for rule_id, severity in hardening.items() if severity is not Severity.REJECT} == {"S10", "I12"}


def test_lenient_turns_down_what_acceptance_is_seen_to_let_pass_and_nothing_up() -> None:
    changed, settings = load_profile("lenient")
    assert settings == {"time_to_live": 300}
    assert {"Q05", "Q15"} <= changed.keys()
    assert set(changed.values()) == {Severity.WARN}
    assert all(RULES[rule_id].severity is Severity.REJECT for rule_id in changed)


def test_hardened_refuses_everything_but_what_is_a_mere_note() -> None:
    hardened = severities("hardened")
    assert {rule_id for rule_id, severity in hardened.items() if severity is not Severity.REJECT} == {
        rule.id for rule in RULES if rule.severity is Severity.INFO
    }
    assert all(rule.level is Level.MAY for rule in RULES if hardened[rule.id] is Severity.INFO)
    assert (hardened["I12"], hardened["SHA1"], hardened["SHA1-token"]) == (Severity.REJECT,) * 3


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("rule", ESSENTIAL, ids=lambda rule: rule.id)
def test_no_profile_weakens_an_essential_rule(rule: Rule, profile: str) -> None:
    assert severities(profile)[rule.id] is Severity.REJECT


def test_an_unknown_profile_is_told_the_nearest() -> None:
    with pytest.raises(PolicyError, match="there is no profile 'cokbook'; did you mean cookbook"):
        load_profile("cokbook")


# The profiles, by what they do: one row for each difference of decisions 5.

ROWS = {
    "five minutes to live": ("T4", lambda w: lasting(w, 300), {}),
    "SOAPAction without quotes": (
        "Q05",
        lambda w: w.forge(),
        {"SOAPAction": "urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1:GenerateCovidId"},
    ),
    "no charset": ("Q15", lambda w: w.forge(), {"Content_Type": "text/xml"}),
}


@pytest.mark.parametrize(("rule", "make", "fields"), ROWS.values(), ids=ROWS)
def test_what_acceptance_lets_pass_is_refused_by_cookbook_and_passed_by_lenient(
    workshop: Workshop, rule: str, make: Callable[[Workshop], Forge], fields: dict[str, str]
) -> None:
    message, sent = make(workshop).octets(), workshop.fields(**fields)
    for profile in ("cookbook", "hardened"):
        report = workshop.examine(workshop.gateway(profile), message, fields=sent)
        assert rules_of(report) == [rule]
        assert report.answer.soa == RULES[rule].soa
    lenient = workshop.examine(workshop.gateway("lenient"), message, fields=sent)
    assert lenient.answer.status == "Success"
    assert rules_of(lenient, Severity.WARN) == ([] if rule == "T4" else [rule])


@pytest.mark.parametrize(("profile", "seconds"), [("cookbook", 60), ("lenient", 300)])
def test_the_time_to_live_of_a_profile_is_exact(workshop: Workshop, profile: str, seconds: int) -> None:
    gateway = workshop.gateway(profile)
    assert workshop.examine(gateway, lasting(workshop, seconds)).answer.status == "Success"
    assert rules_of(workshop.examine(gateway, lasting(workshop, seconds + 1))) == ["T4"]


@pytest.mark.parametrize("profile", ["cookbook", "lenient"])
@pytest.mark.parametrize(
    ("rule", "make", "fields"),
    [
        ("SHA1", with_sha_1, {}),
        ("F01", lambda w: w.forge(), {"From": None}),
        ("U02", lambda w: w.forge(), {"User_Agent": "Apache CXF 3.5.5"}),
    ],
)
def test_what_warns_by_default_refuses_when_hardened(
    workshop: Workshop, rule: str, make: Callable[[Workshop], Forge], fields: dict[str, str | None], profile: str
) -> None:
    message, sent = make(workshop).octets(), workshop.fields(**fields)
    mild = workshop.examine(workshop.gateway(profile), message, fields=sent)
    assert (mild.answer.status, rules_of(mild, Severity.WARN)) == ("Success", [rule])
    hardened = workshop.examine(workshop.gateway("hardened"), message, fields=sent)
    assert (hardened.answer.status, rules_of(hardened)) == (None, [rule])
    by_http = RULES[rule].stage is Stage.TRACING
    assert (hardened.answer.http, hardened.answer.soa) == ((400, None) if by_http else (500, "SOA-01001"))


# Policy files.


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[rules]\nS81 = "warn"', "there is no rule S81; the nearest is S"),
        ('[rules]\nQ5 = "warn"', "there is no rule Q5; the nearest is Q"),
        ('[rules]\nS18 = "refuse"', "'refuse' is no severity for rule S18; choose one of reject, warn, info, off"),
        ("[rules]\nS18 = true", "True is no severity for rule S18"),
        ("rules = 1", "rules must be a table, written [rules]"),
        ('[rule]\nS18 = "warn"', "there is no key 'rule'; did you mean rules?"),
        ("[settings]\ntime_to_liv = 1", "setting 'time_to_liv' does not exist; did you mean time_to_live?"),
        ('[settings]\ntime_to_live = "60"', "setting time_to_live is '60'; it must be a whole number, such as 60"),
        ("[settings]\ntime_to_live = -1", "setting time_to_live is -1"),
        ("[settings]\ntime_to_live = true", "setting time_to_live is True"),
        ('[settings]\nenvironment = "Acceptance"', "setting environment is 'Acceptance'; choose one of Development"),
        ("[limits]\ndepht = 1", "limit 'depht' does not exist; did you mean depth?"),
        ('profile = "hard"', "there is no profile 'hard'"),
        ("profile = 3", "there is no profile 3"),
        ('profile = ""', "there is no profile ''"),
        ("rules", "is not TOML"),
        ("[rules]\nS18 = 'warn'\nS18 = 'off'", "is not TOML"),
    ],
)
def test_a_policy_file_that_cannot_be_used_is_refused_in_one_sentence(
    workshop: Workshop, write: Write, text: str, sentence: str
) -> None:
    with pytest.raises(PolicyError) as raised:
        workshop.gateway(policy=write(text))
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_policy_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=re.escape(f"{tmp_path} cannot be read: ")):
        read_policy_file(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match="is not UTF-8 text"):
        read_policy_file(tmp_path / "binary")


@pytest.mark.parametrize("severity", ["warn", "info", "off"])
@pytest.mark.parametrize("rule", ESSENTIAL, ids=lambda rule: rule.id)
def test_no_policy_file_weakens_an_essential_rule(write: Write, rule: Rule, severity: str) -> None:
    file = write(f'[rules]\n{rule.id} = "{severity}"')
    with pytest.raises(PolicyError) as raised:
        read_policy_file(file)
    assert f"rule {rule.id} ({rule.title}) keeps forged messages out and always refuses" in str(raised.value)


def test_an_essential_rule_may_be_named_as_it_is(write: Write) -> None:
    assert read_policy_file(write('[rules]\nH18 = "reject"')).severities == {"H18": Severity.REJECT}


def test_a_policy_file_changes_single_rules_of_the_profile_it_starts_from(workshop: Workshop, write: Write) -> None:
    file = write('profile = "lenient"\n[rules]\nQ05 = "reject"\n[settings]\ntime_to_live = 120')
    gateway = workshop.gateway(policy=file)
    bare = workshop.fields(SOAPAction="urn:other", Content_Type="text/xml")
    report = workshop.examine(gateway, lasting(workshop, 121), fields=bare)
    assert rules_of(report) == ["Q05", "Q06", "T4"]
    assert rules_of(report, Severity.WARN) == ["Q15"]


def test_the_option_wins_over_the_profile_of_the_file(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway("cookbook", write('profile = "lenient"'))
    assert rules_of(workshop.examine(gateway, lasting(workshop, 300))) == ["T4"]


def test_our_extensions_of_table_2_can_be_switched_off(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway(policy=write('[rules]\nR6 = "off"\nR7 = "off"'))
    for persona, requester in (("physician", Requester(cbe="0200000043")), ("company", Requester(nihii="71999041"))):
        message = workshop.forge(persona, requester=requester).octets()
        assert workshop.examine(gateway, message).answer.status == "Success"
        assert workshop.examine(workshop.gateway(), message).answer.status == "Requester"


def test_the_token_can_be_required_to_be_signed(workshop: Workshop, write: Write) -> None:
    """decisions 4, "Signed parts": the cookbook's figure against its text."""
    gateway = workshop.gateway(policy=write('[rules]\nS52-token = "reject"'))
    assert rules_of(workshop.examine(gateway, workshop.forge())) == ["S52-token"]
    for kind in (TokenSignature.DIRECT, TokenSignature.STR_TRANSFORM):
        assert workshop.examine(gateway, workshop.forge(token_signature=kind)).answer.status == "Success"


def test_sha_1_can_be_accepted_warned_of_and_refused(workshop: Workshop, write: Write) -> None:
    message = with_sha_1(workshop).octets()
    for severity, status, finding in (("off", "Success", []), ("warn", "Success", []), ("reject", None, ["SHA1"])):
        report = workshop.examine(workshop.gateway(policy=write(f'[rules]\nSHA1 = "{severity}"')), message)
        assert (report.answer.status, rules_of(report)) == (status, finding)
        assert rules_of(report, Severity.WARN) == (["SHA1"] if severity == "warn" else [])


def test_triggers_can_be_switched_off(workshop: Workshop, write: Write) -> None:
    """The code is then a name with digits in it."""
    gateway = workshop.gateway(policy=write("[settings]\ntriggers = false"))
    assert workshop.examine(gateway, workshop.forge(person=Person("SOA-02001"))).answer.cbss == "MSG00008"


def test_the_level_1_status_beside_a_cbss_status_is_a_setting(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway(policy=write('[settings]\ncbss_status = "Requester"'))
    answer = workshop.examine(gateway, workshop.forge(person=Person(""))).answer
    assert (answer.status, answer.cbss) == ("Requester", "MSG00008")


def test_the_environment_of_a_fault_is_a_setting(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway(policy=write('[settings]\nenvironment = "Integration"'))
    fault = etree.fromstring(workshop.examine(gateway, b"").answer.body)
    assert fault.xpath("string(//*[local-name() = 'Environment'])") == "Integration"


def test_the_form_of_an_identifier_is_a_setting(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway(policy=write('[settings]\nidentifier_format = "CV-########"'))
    identifier = workshop.examine(gateway, workshop.forge()).answer.identifier
    assert re.fullmatch("CV-[0-9]{8}", identifier or "")


def test_a_limit_is_a_setting(workshop: Workshop, write: Write) -> None:
    gateway = workshop.gateway(policy=write("[limits]\ndepth = 3"))
    report = workshop.examine(gateway, workshop.forge())
    assert (report.answer.soa, rules_of(report)) == ("SOA-03001", ["I11"])
