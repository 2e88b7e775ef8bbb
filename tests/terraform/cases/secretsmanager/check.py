import json

OUTLIVES = [("kms", "key"), ("kms", "policy"), ("kms", "material")]   # a KMS key waits seven days for its deletion


def check(server, stage, outputs):
    secrets = server.client("secretsmanager")
    assert json.loads(secrets.get_secret_value(SecretId="app/database")["SecretString"])["password"] == f"p-{stage}"
    assert secrets.describe_secret(SecretId="app/database")["Description"] == ("log-in" if stage == 1 else "log-in, changed")
