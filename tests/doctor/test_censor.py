"""What the doctor must not say, it does not say."""

from tillsaga.doctor.censor import Censor
from tillsaga.doctor.finding import Finding, Found, fault
from tillsaga.doctor.installation import Installation, Kind
from tillsaga.doctor.secrets import known_secrets
from tillsaga.keyring import new_key


def passed(censor: Censor, finding: Finding) -> Finding:
    return censor.passed(Found("x", finding)).finding


def test_secrets_and_people_are_taken_out_of_findings_and_remedies() -> None:
    censor = Censor.of(["hunter2", "hunter2-and-more", "no"])

    found = passed(censor, fault("hunter2-and-more ann@shopper.example no", "say hunter2"))

    assert found.says == "**** a***@s***.example no"
    assert found.remedy == "say ****"


def test_every_secret_of_an_installation_is_known() -> None:
    one, other = new_key("k1"), new_key("k2")
    environ = {
        "TILLSAGA_DATABASE_URL": "postgresql://u:of-the-database@db/x?sslpassword=of-the-key",
        "TILLSAGA_ENCRYPTION_KEYS": f"{one}, {other}",
        "TILLSAGA_CODEC_TOKEN": "of-the-user-interface",
        "TEMPORAL_API_KEY": "of-temporal",
        "TEMPORAL_GRPC_META_AUTHORIZATION": "of-a-proxy",
        "LEAT_TOKEN": "of-a-vendor",
        "TILLSAGA_KEY_REQUESTS_PER_MINUTE": "600000",
    }

    known = set(known_secrets(Installation(Kind.OWN, environ)))

    assert {
        "of-the-database",
        "of-the-key",
        *(key.partition(":")[2] for key in (one, other)),
        "of-the-user-interface",
        "of-temporal",
        "of-a-proxy",
        "of-a-vendor",
    } <= known
    assert "600000" not in known


def test_secrets_are_known_although_settings_are_wrong() -> None:
    environ = {"TILLSAGA_API_PORT": "http", "LEAT_TOKEN": "of-a-vendor"}

    assert "of-a-vendor" in set(known_secrets(Installation(Kind.OWN, environ)))
