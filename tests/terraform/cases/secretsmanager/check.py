import json

# A KMS key waits seven days for its deletion, and so does the guarded secret.
OUTLIVES = [("kms", "key"), ("kms", "policy"), ("kms", "material"), ("secretsmanager", "secret"), ("secretsmanager", "policy"), ("kms", "alias")]


def check(server, stage, outputs):
    secrets = server.client("secretsmanager")
    assert json.loads(secrets.get_secret_value(SecretId="app/database")["SecretString"])["password"] == f"p-{stage}"
    assert json.loads(outputs["database"])["password"] == f"p-{stage}"
    assert secrets.describe_secret(SecretId="app/database")["Description"] == ("log-in" if stage == 1 else "log-in, changed")
    assert secrets.get_secret_value(SecretId="app/plain")["SecretBinary"] == f"bytes {stage}".encode()
    assert secrets.get_secret_value(SecretId="app/staged", VersionStage="blue")["SecretString"] == "first"
    stages = secrets.describe_secret(SecretId="app/staged")["VersionIdsToStages"].values()
    if stage == 1:
        assert list(stages) == [["blue"]]
    else:
        assert sorted(map(sorted, stages)) == [["AWSCURRENT", "green"], ["blue", "old"]]
        current = secrets.get_secret_value(SecretId="app/staged")["SecretString"]
        assert len(current) == 24 and current.isalpha() and not set(current) & set("abc") and current != current.lower() != current.upper()
        assert secrets.get_secret_value(SecretId="app/staged", VersionStage="green")["SecretString"] == current
    assert outputs["versions"] == stage
    assert {"app/database", "app/staged", outputs["guarded"]} <= set(outputs["names"])
    assert "KmsKeyId" in secrets.describe_secret(SecretId=outputs["guarded"]) or stage == 1
