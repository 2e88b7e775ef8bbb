"""Settings of buckets through boto3 and bare HTTP: CORS, ACLs, ownership, access blocks, logging, numbered configurations."""
import json
import uuid

import pytest
import requests
from botocore.exceptions import ClientError
from conftest import wait_for

OWN = "test"
OTHER = "111111111111"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def s3(server):
    return server.client("s3", s3={"addressing_style": "path"})


@pytest.fixture
def other(server):
    return server.client("s3", key=OTHER, secret="test", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def open_bucket(s3, bucket):
    """One whose ACLs count and that does not block public access."""
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]


def code(call, **parameters):
    return error(call, **parameters)["Code"]


def preflight(server, path, origin=None, method=None, headers=None):
    sent = {}
    if origin: sent["Origin"] = origin
    if method: sent["Access-Control-Request-Method"] = method
    if headers: sent["Access-Control-Request-Headers"] = headers
    return requests.options(server.url + path, headers=sent)


# ------------------------------------------------------------------------------------------------------------------- CORS

def test_cors_rules_are_kept_and_checked(s3, bucket):
    assert error(s3.get_bucket_cors, Bucket=bucket)["Message"] == "The CORS configuration does not exist"
    rules = [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example", "http://*.b.example"], "AllowedHeaders": ["x-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules

    def refused(**changes):
        return error(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [{**rules[0], **changes}]})["Message"]

    assert refused(AllowedMethods=["MYMETHOD"]) == "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD"
    assert refused(AllowedOrigins=["http://*.*"]) == 'AllowedOrigin "http://*.*" can not have more than one wildcard.'
    assert refused(ExposeHeaders=["x-*"]).startswith('ExposeHeader "x-*" contains wildcard.')
    assert code(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": []}) == "MalformedXML"
    s3.delete_bucket_cors(Bucket=bucket)
    assert code(s3.get_bucket_cors, Bucket=bucket) == "NoSuchCORSConfiguration"


def test_a_preflight_is_answered_by_the_rules(server, s3, bucket):
    path = f"/{bucket}/key"
    none = preflight(server, path, "https://a.example", "GET")
    assert none.status_code == 403 and "CORSResponse: CORS is not enabled for this bucket." in none.text and "<ResourceType>OBJECT</ResourceType>" in none.text
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example"], "AllowedHeaders": ["x-*", "content-type"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000},
        {"AllowedMethods": ["DELETE"], "AllowedOrigins": ["*"]}]})
    yes = preflight(server, path, "https://a.example", "PUT", "X-Thing, Content-Type")
    assert yes.status_code == 200 and yes.text == ""
    got = {k.lower(): v for k, v in yes.headers.items()}
    assert got["access-control-allow-origin"] == "https://a.example" and got["access-control-allow-methods"] == "GET, PUT"
    assert got["access-control-allow-headers"] == "x-thing, content-type" and got["access-control-expose-headers"] == "ETag"
    assert got["access-control-max-age"] == "3000" and got["access-control-allow-credentials"] == "true"
    assert got["vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    everybody = preflight(server, path, "https://z.example", "DELETE")
    assert everybody.headers["Access-Control-Allow-Origin"] == "*" and "Access-Control-Allow-Credentials" not in everybody.headers
    for wrong in (preflight(server, path, "https://b.example", "PUT"), preflight(server, path, "https://a.example", "HEAD"), preflight(server, path, "https://a.example", "PUT", "other")):
        assert wrong.status_code == 403 and "This CORS request is not allowed" in wrong.text and "Access-Control-Allow-Origin" not in wrong.headers
    assert "Origin request header needed." in preflight(server, path, None, "GET").text
    assert "Invalid Access-Control-Request-Method: null" in preflight(server, path, "https://a.example").text
    assert "CORSResponse: Bucket not found" in preflight(server, "/no-such-bucket-here/k", "https://a.example", "GET").text


def test_answers_tell_a_page_of_an_allowed_origin_what_it_may_see(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example"]}]})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    yes = requests.get(url, headers={"Origin": "https://a.example"})
    assert yes.text == "bytes" and yes.headers["Access-Control-Allow-Origin"] == "https://a.example" and yes.headers["Vary"].startswith("Origin")
    no = requests.get(url, headers={"Origin": "https://b.example"})
    assert no.text == "bytes" and "Access-Control-Allow-Origin" not in no.headers
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "n"})
    assert requests.put(put, data=b"x", headers={"Origin": "https://a.example"}).status_code == 200
    # A page that no rule lets in does not come to write at all: it might know the development credentials.
    assert requests.put(put, data=b"x", headers={"Origin": "https://b.example"}).status_code == 403


# -------------------------------------------------------------------------------------------------------- ACLs and ownership

def test_ownership_controls_decide_whether_acls_count(s3, bucket):
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert error(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")["Message"] == "The bucket does not allow ACLs"
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="private") == "AccessControlListNotSupported"
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    s3.put_bucket_acl(Bucket=bucket, GrantRead='uri="http://acs.amazonaws.com/groups/s3/LogDelivery"')
    assert code(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}) == "InvalidBucketAclWithObjectOwnership"
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    assert error(s3.get_bucket_ownership_controls, Bucket=bucket)["Message"] == "The bucket ownership controls were not found"
    assert code(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "RandomValue"}]}) == "MalformedXML"


def test_acls_are_read_from_names_headers_and_xml(s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    owner = s3.get_object_acl(Bucket=open_bucket, Key="k")["Owner"]["ID"]
    full = {"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    assert s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"] == [full]
    s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
    assert s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"] == [full, {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"}]
    s3.put_object_acl(Bucket=open_bucket, Key="k", GrantRead='uri="http://acs.amazonaws.com/groups/s3/LogDelivery"')
    assert [g["Permission"] for g in s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"]] == ["READ"]
    s3.put_object_acl(Bucket=open_bucket, Key="k", AccessControlPolicy={"Owner": {"ID": owner}, "Grants": [full]})
    assert s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"] == [full]

    def refused(**given):
        return error(s3.put_object_acl, Bucket=open_bucket, Key="k", **given)

    assert refused(ACL="fake-acl")["Code"] == "InvalidArgument" and refused(ACL="fake-acl")["ArgumentValue"] == "fake-acl"
    assert refused(GrantWrite='uri="http://acs.amazonaws.com/groups/s3/FakeGroup"')["Message"] == "Invalid group uri"
    assert refused(GrantWrite='fakekey="1234"')["Message"] == "Argument format not recognized"
    assert refused(GrantWrite='id="wrong-id"')["Message"] == "Invalid id"
    assert refused()["MissingHeaderName"] == "x-amz-acl"
    assert refused(ACL="private", GrantRead=f'id="{owner}"')["Message"] == "Specifying both Canned ACLs and Header Grants is not allowed"
    assert refused(ACL="private", AccessControlPolicy={"Owner": {"ID": owner}, "Grants": [full]})["Code"] == "UnexpectedContent"
    assert refused(AccessControlPolicy={"Grants": [full]})["Code"] == "MalformedACLError"
    assert refused(AccessControlPolicy={"Owner": {"ID": "wrong-id"}, "Grants": [full]})["ArgumentName"] == "CanonicalUser/ID"
    assert refused(GrantRead='emailAddress="a@example.com"')["Code"] == "UnresolvableGrantByEmailAddress"


def test_a_grant_lets_everybody_read_unless_public_acls_are_ignored(server, s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="open", Body=b"for all", ACL="public-read")
    s3.put_object(Bucket=open_bucket, Key="shut", Body=b"for me")
    url = f"{server.url}/{open_bucket}"
    assert requests.get(f"{url}/open").text == "for all" and requests.get(f"{url}/shut").status_code == 403
    assert requests.get(url).status_code == 403
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    assert "<Key>open</Key>" in requests.get(url).text and requests.get(f"{url}/none").status_code == 404
    block = dict(BlockPublicAcls=False, IgnorePublicAcls=True, BlockPublicPolicy=False, RestrictPublicBuckets=False)
    s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    assert requests.get(f"{url}/open").status_code == 403 and requests.get(url).status_code == 403
    block.update(BlockPublicAcls=True, IgnorePublicAcls=False)
    s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    assert requests.get(f"{url}/open").text == "for all"   # what is there stays
    assert "BlockPublicAcls" in error(s3.put_object_acl, Bucket=open_bucket, Key="shut", ACL="public-read")["Message"]
    assert code(s3.put_object, Bucket=open_bucket, Key="new", Body=b"", ACL="public-read") == "AccessDenied"


def test_a_grant_reaches_another_account_and_its_objects_are_its_own(s3, other, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="mine", Body=b"mine")
    assert code(other.get_object, Bucket=open_bucket, Key="mine") == "AccessDenied"
    other_id = other.list_buckets()["Owner"]["ID"]
    s3.put_object_acl(Bucket=open_bucket, Key="mine", GrantRead=f'id="{other_id}"')
    assert other.get_object(Bucket=open_bucket, Key="mine")["Body"].read() == b"mine"
    assert code(other.put_object, Bucket=open_bucket, Key="theirs", Body=b"") == "AccessDenied"
    s3.put_bucket_acl(Bucket=open_bucket, GrantWrite=f'id="{other_id}"')
    other.put_object(Bucket=open_bucket, Key="theirs", Body=b"theirs")
    assert code(s3.get_object, Bucket=open_bucket, Key="theirs") == "AccessDenied"    # the writer's, not the bucket owner's
    assert other.get_object_acl(Bucket=open_bucket, Key="theirs")["Owner"]["ID"] == other_id
    other.put_object(Bucket=open_bucket, Key="shared", Body=b"shared", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket=open_bucket, Key="shared")["Body"].read() == b"shared"
    other.delete_object(Bucket=open_bucket, Key="theirs")
    assert code(other.delete_object, Bucket=open_bucket, Key="mine") == "AccessDenied"
    s3.delete_object(Bucket=open_bucket, Key="shared")
    s3.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    other.put_object(Bucket=open_bucket, Key="given", Body=b"", ACL="bucket-owner-full-control")
    assert s3.get_object_acl(Bucket=open_bucket, Key="given")["Owner"]["ID"] == s3.list_buckets()["Owner"]["ID"]


def test_the_acl_of_an_upload_becomes_the_objects(server, s3, open_bucket):
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="big", ACL="public-read")["UploadId"]
    etag = s3.upload_part(Bucket=open_bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(Bucket=open_bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert requests.get(f"{server.url}/{open_bucket}/big").text == "part"
    s3.copy_object(Bucket=open_bucket, Key="copy", CopySource=f"{open_bucket}/big")
    assert requests.get(f"{server.url}/{open_bucket}/copy").status_code == 403   # an ACL is not copied


def test_policy_status_tells_whether_a_policy_is_public(s3, bucket):
    assert code(s3.get_bucket_policy_status, Bucket=bucket) == "NoSuchBucketPolicy"
    s3.delete_public_access_block(Bucket=bucket)
    for principal, public in (({"AWS": "arn:aws:iam::111111111111:root"}, False), ("*", True)):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
        assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is public


def test_new_buckets_take_ownership_acl_and_tags(s3):
    name = f"b-{uuid.uuid4()}"
    assert code(s3.create_bucket, Bucket=name, ACL="public-read") == "InvalidBucketAclWithObjectOwnership"
    assert code(s3.create_bucket, Bucket=name, ACL="public-read", ObjectOwnership="ObjectWriter") == "InvalidBucketAclWithBlockPublicAccessError"
    s3.create_bucket(Bucket=name, ACL="log-delivery-write", ObjectOwnership="ObjectWriter", CreateBucketConfiguration={"Tags": [{"Key": "k", "Value": "v"}]})
    assert [g["Permission"] for g in s3.get_bucket_acl(Bucket=name)["Grants"]] == ["FULL_CONTROL", "WRITE", "READ_ACP"]
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "k", "Value": "v"}]


# --------------------------------------------------------------------------------------------------------------- the others

def test_who_pays_is_asked_of_strangers(s3, other, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    other.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    assert code(other.get_object, Bucket=bucket, Key="k") == "AccessDenied"
    other.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    s3.get_object(Bucket=bucket, Key="k")
    assert code(s3.put_bucket_request_payment, Bucket=bucket, RequestPaymentConfiguration={"Payer": "Random"}) == "MalformedXML"


def test_acceleration_is_a_status(s3, bucket):
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Suspended"})
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"
    assert code(s3.put_bucket_accelerate_configuration, Bucket=bucket, AccelerateConfiguration={"Status": "random"}) == "MalformedXML"


@pytest.mark.parametrize("kind, body", [
    ("metrics", {"Filter": {"Prefix": "logs/"}}),
    ("analytics", {"StorageClassAnalysis": {}}),
    ("intelligent_tiering", {"Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]})])
def test_numbered_configurations_are_kept_listed_and_deleted(s3, bucket, kind, body):
    member = {"metrics": "MetricsConfiguration", "analytics": "AnalyticsConfiguration", "intelligent_tiering": "IntelligentTieringConfiguration"}[kind]
    put, get = getattr(s3, f"put_bucket_{kind}_configuration"), getattr(s3, f"get_bucket_{kind}_configuration")
    delete, every = getattr(s3, f"delete_bucket_{kind}_configuration"), getattr(s3, f"list_bucket_{kind}_configurations")
    assert error(get, Bucket=bucket, Id="a")["Message"] == "The specified configuration does not exist."
    for i in range(101):
        put(Bucket=bucket, Id=f"c{i:03}", **{member: {"Id": f"c{i:03}", **body}})
    assert get(Bucket=bucket, Id="c007")[member] == {"Id": "c007", **body}
    page = every(Bucket=bucket)
    assert page["IsTruncated"] and len(page[f"{member}List"]) == 100
    rest = every(Bucket=bucket, ContinuationToken=page["NextContinuationToken"])
    assert not rest["IsTruncated"] and [c["Id"] for c in rest[f"{member}List"]] == ["c100"]
    assert code(put, Bucket=bucket, Id="other", **{member: {"Id": "c001", **body}}) == "MalformedXML"
    delete(Bucket=bucket, Id="c007")
    assert code(delete, Bucket=bucket, Id="c007") == "NoSuchConfiguration"


def test_what_is_not_served_says_so(s3, bucket):
    assert code(s3.list_bucket_inventory_configurations, Bucket=bucket) == "NotImplemented"
    assert code(s3.get_bucket_replication, Bucket=bucket) == "ReplicationConfigurationNotFoundError"


def test_access_logs_come_to_the_target_bucket(fresh_server):
    server = fresh_server()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="source")
    s3.create_bucket(Bucket="target")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="source")
    assert code(s3.put_bucket_logging, Bucket="source", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "nobodys", "TargetPrefix": ""}}) == "InvalidTargetBucketForLogging"
    s3.put_bucket_logging(Bucket="source", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "target", "TargetPrefix": "logs/"}})
    assert s3.get_bucket_logging(Bucket="source")["LoggingEnabled"] == {"TargetBucket": "target", "TargetPrefix": "logs/"}

    def lines():
        text = "".join(s3.get_object(Bucket="target", Key=o["Key"])["Body"].read().decode() for o in s3.list_objects_v2(Bucket="target").get("Contents", []))
        return text.splitlines()

    s3.put_object(Bucket="source", Key="before", Body=b"x")
    server.admin("POST", "clock", action="advance", by="1m")
    assert lines() == []       # the target's policy does not let the log service write
    s3.put_bucket_policy(Bucket="target", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::target/logs/*",
         "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}}}]}))
    s3.put_object(Bucket="source", Key="a key", Body=b"twelve bytes")
    s3.get_object(Bucket="source", Key="a key", Range="bytes=0-3")
    error(s3.get_object, Bucket="source", Key="none")
    server.kill9()
    server.start()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    server.admin("POST", "clock", action="advance", by="1m")
    wait_for(lambda: len(lines()) >= 3, what="three lines")
    put, get, missing = lines()
    assert " REST.PUT.OBJECT a%20key \"PUT /source/a%20key HTTP/1.1\" 200 - - 12 " in put and put.split()[1] == "source"
    assert " REST.GET.OBJECT a%20key " in get and " 206 - 4 12 " in get and " SigV4 - AuthHeader " in get
    assert " 404 NoSuchKey " in missing
    assert all(o["Key"].startswith("logs/20") for o in s3.list_objects_v2(Bucket="target")["Contents"])


def test_settings_survive_kill_9(fresh_server):
    server = fresh_server()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_cors(Bucket="kept", CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]})
    s3.put_bucket_website(Bucket="kept", WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}})
    s3.put_bucket_metrics_configuration(Bucket="kept", Id="m", MetricsConfiguration={"Id": "m"})
    server.kill9()
    server.start()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    assert s3.get_bucket_cors(Bucket="kept")["CORSRules"][0]["AllowedOrigins"] == ["*"]
    assert s3.get_bucket_website(Bucket="kept")["IndexDocument"] == {"Suffix": "i.html"}
    assert s3.get_bucket_metrics_configuration(Bucket="kept", Id="m")["MetricsConfiguration"] == {"Id": "m"}


# ---------------------------------------------------------------------------------------------------------------- S3 Control

def control(server, key="test"):
    """The SDK puts the account before the host, and no name stands before an address: it is taken off again."""
    client = server.client("s3control", key=key, secret="test")

    def plain(request, **_):
        request.url = request.url.replace("//000000000000.", "//")

    client.meta.events.register("before-sign.s3-control", plain)
    return client


def test_the_accounts_public_access_block_counts_for_its_buckets(fresh_server):
    server = fresh_server()
    s3, mine = server.client("s3", s3={"addressing_style": "path"}), control(server)
    account = "000000000000"
    assert error(mine.get_public_access_block, AccountId=account)["Message"] == "The public access block configuration was not found"
    s3.create_bucket(Bucket="bucket")
    s3.delete_public_access_block(Bucket="bucket")
    public = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}]})
    s3.put_bucket_policy(Bucket="bucket", Policy=public)
    s3.put_object(Bucket="bucket", Key="k", Body=b"open")
    assert requests.get(f"{server.url}/bucket/k").text == "open"
    block = dict(BlockPublicAcls=False, IgnorePublicAcls=False, BlockPublicPolicy=True, RestrictPublicBuckets=True)
    mine.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=block)
    assert mine.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == block
    assert requests.get(f"{server.url}/bucket/k").status_code == 403
    assert "BlockPublicPolicy" in error(s3.put_bucket_policy, Bucket="bucket", Policy=public)["Message"]
    assert code(control(server, OTHER).put_public_access_block, AccountId=account, PublicAccessBlockConfiguration=block) == "AccessDenied"
    mine.delete_public_access_block(AccountId=account)
    mine.delete_public_access_block(AccountId=account)
    assert requests.get(f"{server.url}/bucket/k").text == "open"
    assert code(mine.put_public_access_block, AccountId=account, PublicAccessBlockConfiguration={}) == "InvalidRequest"


def test_tags_of_a_bucket_by_arn(server, s3, bucket):
    mine, account, arn = control(server), "000000000000", f"arn:aws:s3:::{bucket}"
    assert mine.list_tags_for_resource(AccountId=account, ResourceArn=arn)["Tags"] == []
    mine.tag_resource(AccountId=account, ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    mine.tag_resource(AccountId=account, ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    mine.untag_resource(AccountId=account, ResourceArn=arn, TagKeys=["a"])
    assert mine.list_tags_for_resource(AccountId=account, ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert code(mine.list_tags_for_resource, AccountId=account, ResourceArn="arn:aws:s3:::no-such-bucket-here") == "NoSuchResource"
    assert error(mine.tag_resource, AccountId=account, ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}])["Message"].startswith("User-defined tag keys")


# -------------------------------------------------------------------------------------------------- what creating a bucket needs

def test_creating_a_bucket_needs_a_permission_for_what_it_asks_besides(server):
    iam = server.client("iam")
    iam.create_user(UserName="founder")
    statement = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:PutBucketObjectLockConfiguration"], "Resource": "*"}
    iam.put_user_policy(UserName="founder", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(UserName="founder")["AccessKey"]
    s3 = server.client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    for acl in ({}, {"ACL": "private"}):   # that ACL is what every bucket has
        s3.create_bucket(Bucket=f"b-{uuid.uuid4()}", **acl)
    for acl in ({"ACL": "public-read"}, {"GrantRead": f'uri="{ALL_USERS}"'}):
        refused = error(s3.create_bucket, Bucket=f"b-{uuid.uuid4()}", ObjectOwnership="ObjectWriter", **acl)
        assert refused["Code"] == "AccessDenied" and "s3:PutBucketAcl" in refused["Message"]
    refused = error(s3.create_bucket, Bucket=f"b-{uuid.uuid4()}", ObjectLockEnabledForBucket=True)
    assert refused["Code"] == "AccessDenied" and "s3:PutBucketVersioning" in refused["Message"]
