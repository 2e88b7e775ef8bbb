"""Terraform's S3 backend: state in a bucket; locked by a file, which a conditional write makes, or by an item of a DynamoDB table."""
import json


import terraform
from test_cases import tools  # noqa: F401  a fixture

CONFIGURATION = """
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "team/app.tfstate"
    region                      = "us-east-1"
    LOCK
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_s3_checksum            = false
  }
}

variable "stage" {
  type = number
}

resource "terraform_data" "one" {
  input = var.stage
}

output "one" {
  value = terraform_data.one.output
}
"""


def place(tools, folder, server, lock="use_lockfile                = true"):  # noqa: F811
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION.replace("LOCK", lock))
    made = terraform.Terraform(tools, folder, server)
    made.init()
    return made


def test_state_and_lock_live_in_a_bucket(tools, fresh_server, tmp_path):  # noqa: F811
    server = fresh_server()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="state")
    s3.put_bucket_versioning(Bucket="state", VersioningConfiguration={"Status": "Enabled"})
    first = place(tools, tmp_path / "first", server)
    first.apply(1)
    state = json.loads(s3.get_object(Bucket="state", Key="team/app.tfstate")["Body"].read())
    assert state["outputs"]["one"]["value"] == 1
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="state")["Contents"]] == ["team/app.tfstate"]   # the lock is gone

    # Another one holds the lock: nothing is changed, and the holder is named.
    lock = {"ID": "5b1c1f0e-9f3f-4b8a-8f9b-2f3f5e6a7b8c", "Operation": "OperationTypeApply", "Info": "", "Who": "somebody@else", "Version": "1", "Created": "2026-01-01T00:00:00Z",
            "Path": "state/team/app.tfstate"}
    s3.put_object(Bucket="state", Key="team/app.tfstate.tflock", Body=json.dumps(lock).encode())
    second = place(tools, tmp_path / "second", server)
    refused = second.run("apply", "-no-color", "-auto-approve", "-var=stage=2", expect=(1,))
    assert "Error acquiring the state lock" in refused.stderr and "somebody@else" in refused.stderr and "PreconditionFailed" in refused.stderr
    assert json.loads(s3.get_object(Bucket="state", Key="team/app.tfstate")["Body"].read())["outputs"]["one"]["value"] == 1
    second.run("force-unlock", "-force", lock["ID"])
    second.apply(2)
    assert second.outputs() == {"one": 2} and first.outputs() == {"one": 2}
    assert len(s3.list_object_versions(Bucket="state", Prefix="team/app.tfstate")["Versions"]) >= 2
    first.destroy(2)


def test_a_dynamodb_table_holds_the_lock(tools, fresh_server, tmp_path):  # noqa: F811
    server = fresh_server()
    s3, dynamodb = server.client("s3", s3={"addressing_style": "path"}), server.client("dynamodb")
    s3.create_bucket(Bucket="state")
    dynamodb.create_table(TableName="locks", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
                          AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}])
    first = place(tools, tmp_path / "first", server, 'dynamodb_table              = "locks"')
    first.apply(1)
    left = {i["LockID"]["S"]: i for i in dynamodb.scan(TableName="locks")["Items"]}
    assert set(left) == {"state/team/app.tfstate-md5"}   # the digest of the state stays, the lock is gone
    assert len(left["state/team/app.tfstate-md5"]["Digest"]["S"]) == 32

    lock = {"ID": "5b1c1f0e-9f3f-4b8a-8f9b-2f3f5e6a7b8c", "Operation": "OperationTypeApply", "Info": "", "Who": "somebody@else", "Version": "1", "Created": "2026-01-01T00:00:00Z",
            "Path": "state/team/app.tfstate"}
    dynamodb.put_item(TableName="locks", Item={"LockID": {"S": "state/team/app.tfstate"}, "Info": {"S": json.dumps(lock)}})
    refused = first.run("apply", "-no-color", "-auto-approve", "-var=stage=2", expect=(1,))
    assert "Error acquiring the state lock" in refused.stderr and "somebody@else" in refused.stderr and "ConditionalCheckFailedException" in refused.stderr
    first.run("force-unlock", "-force", lock["ID"])
    first.apply(2)
    assert first.outputs() == {"one": 2}
