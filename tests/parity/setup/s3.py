"""S3: buckets by the names of the calls, objects, uploads and settings by what the tests did in between."""
import json

from parity.setup import Service

S = Service("s3")
S.bare = {"bucket", "owner-id", "display-name", "i-d", "host-id", "request-id", "server", "id-2", "last-modified"}

ABSENT = ("NoSuchBucket", "404")
LOCKING = ("PutObjectLegalHold", "PutObjectRetention", "GetObjectLegalHold", "GetObjectRetention")
WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload", "CreateMultipartUpload", "PutObjectAcl")


def code(call):
    return call.recorded.get("Error", {}).get("Code") if isinstance(call.recorded, dict) else None


def ensure_bucket(run, name, region=None, **more):
    if run.once("bucket", name):
        if region and region != "us-east-1":
            more["CreateBucketConfiguration"] = {"LocationConstraint": region}
        run.call("s3:CreateBucket", region=region, Bucket=name, **more)
        if versioned(run):
            run.call("s3:PutBucketVersioning", Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def versioned(run):
    """The test's objects have versions, and it did not record how its bucket came to that."""
    for call in run.test.calls:
        if call.operation == "PutBucketVersioning":
            return False
        version = call.recorded.get("VersionId") if isinstance(call.recorded, dict) else None
        if version and version != "null" and call.operation not in LOCKING:
            return True
    return False


def locks(run):
    if any(name in run.test.name for name in ("locked_bucket", "get_put_object_lock_configuration")):
        return True
    return any(c.operation in LOCKING or "ObjectLockMode" in c.params for c in run.test.calls) and "no_lock" not in run.test.name


@S.prepare
def buckets(run, call):
    name = call.params.get("Bucket")
    if call.operation == "CreateBucket":
        if not code(call):
            run.made.add(("bucket", name))
        return
    if name and code(call) not in ABSENT and not name.startswith("does"):
        ensure_bucket(run, name, **({"ObjectLockEnabledForBucket": True} if locks(run) else {}))
    if name and call.operation in WRITES and not code(call):
        run.made.add(("object", name, call.params.get("Key")))
    source = call.params.get("CopySource")
    if isinstance(source, dict):
        ensure_bucket(run, source["Bucket"])
    if call.operation == "GetObject" and not code(call):
        object_as_read(run, call)


def object_as_read(run, call):
    """What a test read without having recorded how it was written was written as it was read."""
    bucket, key, seen = call.params["Bucket"], call.params.get("Key"), call.recorded
    body = seen.get("Body")
    whole = not any(p in call.params for p in ("Range", "PartNumber", "VersionId", "SSECustomerKey"))
    if not isinstance(body, str) or body.startswith("<") or not whole or len(body.encode()) != seen.get("ContentLength") or ("object", bucket, key) in run.made:
        return
    same = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "StorageClass", "WebsiteRedirectLocation")
    more = {n: seen[n] for n in same if n in seen}
    if seen.get("ContentType") != "binary/octet-stream":
        more["ContentType"] = seen.get("ContentType")
    algorithm = next((n.removeprefix("Checksum") for n in seen if n.startswith("Checksum") and n != "ChecksumType"), None)
    if algorithm and algorithm != "CRC32":
        more["ChecksumAlgorithm"] = algorithm
    run.call("s3:PutObject", Bucket=bucket, Key=key, Body=body, Metadata=seen.get("Metadata") or {}, **more)
    run.made.add(("object", bucket, key))


@S.finish
def parts_of_upload(run, call):
    """The parts' tags and checksums come from the answers to the parts' uploads."""
    upload = call.params.get("MultipartUpload")
    for part in upload.get("Parts", []) if isinstance(upload, dict) else []:
        answers = [(p, r) for op, p, r in run.history if op in ("UploadPart", "UploadPartCopy") and p.get("PartNumber") == part.get("PartNumber")
                   and "Error" not in r and p.get("Key") == call.params.get("Key")]
        if not answers:
            continue
        given = answers[-1][1].get("CopyPartResult") or answers[-1][1]
        for name, value in part.items():
            if value == "x" and name in given:
                part[name] = given[name]


for name in ("IfModifiedSince", "IfUnmodifiedSince"):
    S.alias(name, "LastModified")
S.alias("IfMatch", "ETag")
S.alias("IfNoneMatch", "ETag")
S.alias("CopySourceIfMatch", "ETag")
S.alias("CopySourceIfNoneMatch", "ETag")
S.unordered("DeleteObjects", "*")
S.unordered("*", "*TagSet")


@S.view("*")
def _(run, call, response):
    """The test had read the body before it recorded the answer."""
    if isinstance(call.recorded, dict) and call.recorded.get("Body") == "" and call.recorded.get("ContentLength"):
        response["Body"] = ""


@S.view("test_put_and_get_object_with_content_language_disposition", "*-headers")
def _(run, call, response):
    """Only the metadata of the exchange was recorded."""
    meta = response["ResponseMetadata"]
    kept = {k: v for k, v in meta["HTTPHeaders"].items() if k in call.recorded["HTTPHeaders"]}
    return {**{k: v for k, v in meta.items() if k in call.recorded}, "HTTPHeaders": kept}


def put(run, call, key, body, **more):
    run.prepare(call)
    run.call("s3:PutObject", Bucket=call.params["Bucket"], Key=key, Body=body, **more)
    run.made.add(("object", call.params["Bucket"], key))


def before_once(kind):
    """A hook that does its work before the first call of the test that it is registered for."""
    def decorate(function):
        def hook(run, call):
            if run.once("step", kind):
                function(run, call)
        return hook
    return decorate


def parameter(run):
    return run.test.name.split("[", 1)[1][:-1]


# ---- Regions and locations

@S.before("test_bucket_constraint_aws_global[*")
def _(run, call):
    call.region = parameter(run)


@S.before("test_create_bucket_with_eu_location_constraint", "get-bucket-location")
def _(run, call):
    run.made.add(("bucket", call.params["Bucket"]))
    run.call("s3:CreateBucket", region="eu-west-1", Bucket=call.params["Bucket"], CreateBucketConfiguration={"LocationConstraint": "EU"})


@S.before("test_create_bucket_with_eu_location_constraint*")
def _(run, call):
    call.region = "us-east-1" if call.operation == "ListBuckets" else "eu-west-1"
    if "raises" in run.test.name:
        call.region = "us-east-2"


@S.before("test_different_location_constraint")
def _(run, call):
    """One client in us-east-1, one in us-east-2, one in us-west-1; a bucket of its own for each step."""
    region = {"get-bucket-location-bucket-us-east-2": "us-east-2", "create-bucket-us-east-2-no-constraint-exc": "us-east-2",
              "create-bucket-constraint-us-east-2-with-None": "us-east-2", "create-bucket-us-east-2-constraint-to-us-west-1": "us-east-2",
              "create-bucket-us-west-1-constraint-to-us-east-2": "us-west-1", "create-bucket-us-west-1-constraint-to-us-east-1": "us-west-1"}.get(call.answer, "us-east-1")
    if not call.params["Bucket"].startswith("random"):
        call.params["Bucket"] = f"bucket-{call.answer[-12:].lower().strip('-')}-{run.token}"
    call.region = region
    if call.operation == "GetBucketLocation" and not code(call):
        ensure_bucket(run, call.params["Bucket"], region=region)


# ---- objects that were there

S.before("test_invalid_range_error")(before_once("put")(lambda run, call: put(run, call, "my-key", "abcdefgh")))
S.before("test_metadata_header_character_decoding")(before_once("put")(
    lambda run, call: put(run, call, "key-with-metadata", "foo", Metadata={"TEST_META_1": "foo", "__meta_2": "bar"})))


@S.before("test_s3_get_object_preconditions*")
@before_once("put")
def _(run, call):
    put(run, call, call.params["Key"], "data")
    run.call("s3:HeadObject", Bucket=call.params["Bucket"], Key=call.params["Key"])


@S.before("test_s3_get_object_preconditions*", "*precondition-if-modified-since")
def _(run, call):
    """The recorded moment was not in the future: by then some seconds had passed."""
    call.params["IfModifiedSince"] = run.find("LastModified")


S.before("test_s3_copy_md5")(before_once("put")(lambda run, call: put(run, call, "src", "something")))
S.before("test_delete_bucket_with_objects")(before_once("put")(lambda run, call: put(run, call, "test-delete", "test-delete")))
S.before("test_copy_object_if_none_match*")(before_once("put")(lambda run, call: put(run, call, "source-object", "source content")))
S.before("test_copy_object_precondition_write_validation")(before_once("put")(lambda run, call: put(run, call, "source-object", "source content")))
S.before("test_bucket_lifecycle_configuration_object_expiry", "*-object-expiry")(before_once("put")(lambda run, call: put(run, call, call.params["Key"], "test")))


@S.before("test_upload_big_file")
@before_once("put")
def _(run, call):
    for key in ("test_key1", "test_key2"):
        put(run, call, key, b"a" * 10_000_000)


@S.before("test_delete_bucket_with_content", "list-objects")
def _(run, call):
    for i in range(10):
        put(run, call, f"test-key-{i}", f"test-{i}")


@S.before("test_empty_bucket_fixture", "list-obj")
def _(run, call):
    for i in range(3):
        put(run, call, f"key{i}", "123")


@S.before("test_empty_bucket_fixture", "list-obj-after-empty")
def _(run, call):
    for i in range(3):
        run.call("s3:DeleteObject", Bucket=call.params["Bucket"], Key=f"key{i}")


@S.before("test_object_with_slashes_in_key*", "list-objects-slashes")
def _(run, call):
    for key, body in (("/foo", "foobar"), ("bar", "barfoo"), ("/bar/foo/", "test")):
        put(run, call, key, body)


@S.before("test_copy_object_special_character*")
def _(run, call):
    """The copies go into a second bucket."""
    if call.operation != "PutObject":
        run.prepare(call)
        call.params["Bucket"] = f"dest-bucket-{run.token}"
        ensure_bucket(run, call.params["Bucket"])


@S.before("test_put_bucket_policy", "put-bucket-policy")
@S.before("test_get_bucket_policy", "get-bucket-policy")
def _(run, call):
    """Public policies are refused until the bucket's block is gone."""
    run.prepare(call)
    bucket = call.params["Bucket"]
    run.call("s3:DeletePublicAccessBlock", Bucket=bucket)
    if call.operation == "GetBucketPolicy":

        statement = {"Action": "s3:GetObject", "Effect": "Allow", "Resource": f"arn:aws:s3:::{bucket}/*", "Principal": {"AWS": "*"}}
        run.call("s3:PutBucketPolicy", Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@S.before("test_s3_get_deep_archive_object_restore", "get*")
@before_once("put")
def _(run, call):
    put(run, call, call.params["Key"], "body data", StorageClass="DEEP_ARCHIVE")


# ---- versions: which of several a call names, and what happened in between

def version_of(run, operation, n=0):
    """The version id that the n-th such call was answered with."""
    return [r["VersionId"] for op, _, r in run.history if op == operation and "Error" not in r and "VersionId" in r][n]


def names_version(test, answer, operation, n=0):
    S.before(test, answer)(lambda run, call: call.params.update(VersionId=version_of(run, operation, n)))


def versions_enabled(run, call):
    run.prepare(call)
    run.call("s3:PutBucketVersioning", Bucket=call.params["Bucket"], VersioningConfiguration={"Status": "Enabled"})


names_version("test_get_object_attributes_versioned", "get-object-attrs-v1", "PutObject")
names_version("test_s3_copy_tagging_directive_versioned*", "get-object-tag-v1", "PutObject")
names_version("test_s3_legal_hold_lock_versioned", "*ver1*", "PutObject")
names_version("test_delete_object_versioned", "get-object-with-version", "PutObject")
names_version("test_delete_object_versioned", "get-delete-marker", "DeleteObject")
names_version("test_delete_object_versioned", "delete-delete-marker", "DeleteObject")
names_version("test_delete_object_versioned", "*object-version", "PutObject")
names_version("test_delete_object_versioned", "get-deleted-object-with-version", "PutObject")
names_version("test_delete_versioned_bucket_with_objects", "delete-obj-by-version", "PutObject")
names_version("test_delete_versioned_bucket_with_objects", "delete-marker-by-version", "DeleteObject")
S.before("test_s3_delete_object_with_version_id", "get_bucket_versioning")(versions_enabled)


@S.before("test_s3_copy_tagging_directive_versioned*", "copy-object*-v1")
def _(run, call):
    call.params["CopySource"] = call.params["CopySource"].replace("versionId=x", "versionId=" + version_of(run, "PutObject"))


@S.before("test_get_bucket_versioning_order", "list_object_versions")
def _(run, call):
    for key in ("test", "test", "test2"):
        put(run, call, key, "body")


@S.before("test_get_object_after_deleted_in_versioned_bucket", "get-object-after-delete")
def _(run, call):
    run.call("s3:DeleteObject", Bucket=call.params["Bucket"], Key="my-key")


@S.before("test_delete_versioned_bucket_with_objects", "delete-with-obj-and-delete-marker")
def _(run, call):
    versions_enabled(run, call)
    put(run, call, "test-delete-versioned", "test-delete-versioned")
    run.call("s3:DeleteObject", Bucket=call.params["Bucket"], Key="test-delete-versioned")


@S.before("test_delete_object_on_suspended_bucket", "list-suspended")
def _(run, call):
    run.call("s3:PutBucketVersioning", Bucket=call.params["Bucket"], VersioningConfiguration={"Status": "Suspended"})


@S.before("test_put_object_legal_hold_exc", "*-regular-bucket")
def _(run, call):
    call.params["Bucket"] = f"regular-{run.token}"
    if run.once("bucket", call.params["Bucket"]):
        run.call("s3:CreateBucket", Bucket=call.params["Bucket"])
    put(run, call, call.params["Key"], "test")


S.before("test_put_object_tagging_none_value", "put-none-tag-set")(lambda run, call: put(run, call, "test-empty-tag-set", "test"))
S.before("test_get_object_attributes", "object-attrs")(lambda run, call: put(run, call, "data.txt", "69\n420\n"))
S.before("test_put_object_storage_class*", "get-object-storage-class")(
    lambda run, call: put(run, call, call.params["Key"], "body-test", StorageClass=parameter(run).split("-")[0]))


# ---- multipart uploads

def open_upload(run, call, **more):
    run.prepare(call)
    return run.call("s3:CreateMultipartUpload", Bucket=call.params["Bucket"], Key=call.params["Key"], **more)["UploadId"]


def upload(run, call, number, body, **more):
    run.call("s3:UploadPart", Bucket=call.params["Bucket"], Key=call.params["Key"], UploadId=run.find("UploadId"), PartNumber=number, Body=body, **more)


def whole_upload(run, call, key, *bodies, **more):
    call.params["Key"], asked = key, call.params["Key"]
    open_upload(run, call, **more)
    for number, body in enumerate(bodies, 1):
        upload(run, call, number, body)
    parts = [{"ETag": r["ETag"], "PartNumber": p["PartNumber"]} for op, p, r in run.history[-len(bodies):]]
    run.call("s3:CompleteMultipartUpload", Bucket=call.params["Bucket"], Key=key, UploadId=run.find("UploadId"), MultipartUpload={"Parts": parts})
    call.params["Key"] = asked


S.before("test_get_object_attributes", "object-attrs-multiparts-1-part")(
    lambda run, call: whole_upload(run, call, "test-get-obj-attrs-multipart", "upload-part-1" * 5))


@S.before("test_get_object_part", "multipart-upload")
def _(run, call):
    open_upload(run, call)
    body = "test content 123"
    upload(run, call, 1, body * (5_242_880 // len(body) + 1))
    upload(run, call, 2, body)


S.before("test_get_object_part", "part-no-multipart")(lambda run, call: put(run, call, "key-no-part", "test-123"))


@S.before("test_multipart_overwrite_key", "multipart-upload")
@S.before("test_set_external_hostname", "multipart-upload")
def _(run, call):
    open_upload(run, call)
    upload(run, call, 1, "test content 123")


@S.before("test_multipart_and_list_parts", "upload-part")
def _(run, call):
    call.params["Body"] = "upload-part-1" * 5


@S.before("test_multipart_complete_multipart_too_small", "upload-part*")
def _(run, call):
    if call.answer == "upload-part1":
        open_upload(run, call)
    call.params["Body"] = "data"


@S.before("test_multipart_complete_multipart_wrong_part", "complete-exc-wrong-part-number")
def _(run, call):
    open_upload(run, call)
    upload(run, call, 1, "data")


S.before("test_multipart_no_such_upload", "upload-exc")(lambda run, call: call.params.update(Body="data"))


@S.before("test_complete_multipart_parts_checksum_*", "upload-part-*")
def _(run, call):
    call.params["Body"] = "a" * (10 if call.params["PartNumber"] == 3 else 5_242_881)


@S.before("test_multipart_upload_part_checksum_exception*", "put-wrong-checksum-no-b64")
def _(run, call):
    open_upload(run, call, ChecksumAlgorithm=parameter(run))


@S.before("test_upload_part_copy_with_*", "upload-part-copy*")
def _(run, call):
    put(run, call, "source_file.txt", "0123456789")
    open_upload(run, call)


@S.before("test_multipart_if_*", "complete-multipart*")
def _(run, call):
    """Each upload got one part; a condition names the object's tag at the start, unless the answer shows that it was met."""
    if call.answer == "complete-multipart-after-del-restart":
        open_upload(run, call)
    upload(run, call, 1, "test")
    if call.answer == "complete-multipart-if-match-overwrite-multipart":
        call.params["IfMatch"] = next(r["ETag"] for op, _, r in reversed(run.history) if op == "CompleteMultipartUpload" and "Error" not in r)
    elif call.params.get("IfMatch") == "x":
        tags = [r["ETag"] for op, _, r in run.history if op == "PutObject"]
        call.params["IfMatch"] = tags[-1] if code(call) in (None, "ConditionalRequestConflict") else tags[0]


@S.before("test_s3_multipart_upload_sse", "multi-sse-upload-part")
def _(run, call):
    call.params["Body"] = "test-sse"


@S.before("test_upload_file_multipart", "get_object")
def _(run, call):
    """The SDK's transfer manager sent one part, for the file is smaller than the smallest part."""
    run.prepare(call)
    open_upload(run, call, ChecksumAlgorithm="CRC32")
    upload(run, call, 1, "1" * 6144, ChecksumAlgorithm="CRC32")
    part = run.history[-1][2]
    run.call("s3:CompleteMultipartUpload", Bucket=call.params["Bucket"], Key=call.params["Key"], UploadId=run.find("UploadId"),
             MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1, "ChecksumCRC32": part["ChecksumCRC32"]}]})


# ---- lifecycles that expire what the tests put: what an answer says of it is "some expiration"

@S.before("test_bucket_lifecycle_*", "*put-object-*")
@S.before("test_bucket_lifecycle_*", "*-object-expiry")
@before_once("lifecycle")
def _(run, call):
    tag = lambda key, value: {"Key": key, "Value": value}
    first, second = tag("testlifecycle", "positive"), tag("testlifecycletwo", "positivetwo")
    filters = {"expiry": [{"Prefix": ""}], "size_rules": [{"ObjectSizeGreaterThan": 20 - 1}, {"ObjectSizeLessThan": 10}],
               "tag_rules": [{"Tag": first}, {"And": {"Tags": [first, second]}}]}
    chosen = next((v for k, v in filters.items() if k in run.test.name), None)
    if chosen is None:
        return
    run.prepare(call)
    rules = [{"ID": f"rule{i}", "Filter": f, "Status": "Enabled", "Expiration": {"Days": 7}} for i, f in enumerate(chosen)]
    run.call("s3:PutBucketLifecycleConfiguration", Bucket=call.params["Bucket"], LifecycleConfiguration={"Rules": rules})


# ------------------------------------------------------------------------------------------------- configurations of buckets

def acls_count(run, call):
    """The tests of ACLs made their buckets so that ACLs count and may be public."""
    name = call.params["Bucket"]
    ensure_bucket(run, name)
    if run.once("acls", name):
        run.call("s3:PutBucketOwnershipControls", Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        run.call("s3:DeletePublicAccessBlock", Bucket=name)


LOG_DELIVERY = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"'


def own_acl(run, **where):
    owner = run.call("s3:GetBucketAcl", Bucket=where["Bucket"])["Owner"]
    return {"Owner": owner, "Grants": [{"Grantee": {"ID": owner["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
                                       {"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery", "Type": "Group"}, "Permission": "WRITE"}]}


@S.before("test_s3_bucket_acl", "get-bucket*acl")
def _(run, call):
    acls_count(run, call)
    name = call.params["Bucket"]
    given = {"get-bucket-acl": {"ACL": "public-read"}, "get-bucket-canned-acl": {"ACL": "private"}, "get-bucket-grant-acl": {"GrantRead": LOG_DELIVERY}}
    run.call("s3:PutBucketAcl", Bucket=name, **(given.get(call.answer) or {"AccessControlPolicy": own_acl(run, Bucket=name)}))


@S.before("test_s3_object_acl", "put-object-acl")
def _(run, call):
    acls_count(run, call)


@S.before("test_s3_object_acl", "get-object-*-acl")
def _(run, call):
    where = {"Bucket": call.params["Bucket"], "Key": call.params["Key"]}
    if "grant" in call.answer:
        run.call("s3:PutObjectAcl", **where, GrantRead=LOG_DELIVERY)
    elif "acp" in call.answer:
        run.call("s3:PutObjectAcl", **where, AccessControlPolicy=own_acl(run, **where))


@S.before("test_s3_object_acl_exceptions")
def _(run, call):
    acls_count(run, call)
    if run.once("object", call.params["Key"]):
        run.call("s3:PutObject", Bucket=call.params["Bucket"], Key=call.params["Key"], Body=b"")


@S.before("*lifecycle*", "get-bucket-lifecycle-conf*")
def _(run, call):
    """The rules as they were recorded; an expiration that the recording hides is of some days."""
    if "Rules" not in call.recorded:
        return
    ensure_bucket(run, call.params["Bucket"])
    rules = [dict(rule) for rule in call.recorded["Rules"]]
    for rule in rules:
        expiration = rule.get("Expiration")
        if expiration == {"Date": "datetime"}:
            rule["Expiration"] = {"Date": "2030-01-01T00:00:00Z"}
        elif isinstance(expiration, str):
            rule["Expiration"] = {"ExpiredObjectDeleteMarker": True} if rule["ID"] == "rule-marker" else {"Days": 7}
    run.call("s3:PutBucketLifecycleConfiguration", Bucket=call.params["Bucket"], LifecycleConfiguration={"Rules": rules})


def numbered(kind):
    def before(run, call):
        ensure_bucket(run, call.params["Bucket"])
        for config in call.recorded.get(f"{kind}List", []):
            if not config["Id"].startswith("<"):
                run.call(f"s3:PutBucket{kind}", Bucket=call.params["Bucket"], Id=config["Id"], **{kind: config})
    return before


S.before("test_s3_intelligent_tier_config", "list_bucket_intelligent_tiering_configurations_*")(numbered("IntelligentTieringConfiguration"))


@S.before("test_s3_intelligent_tier_config", "list_bucket_intelligent_tiering_configurations_3")
def _(run, call):
    run.try_call("s3:DeleteBucketIntelligentTieringConfiguration", Bucket=call.params["Bucket"], Id="test1")


@S.before("test_delete_metrics_configuration*", "delete_bucket_metrics_configuration*")
def _(run, call):
    ensure_bucket(run, call.params["Bucket"])
    if run.once("metrics", call.params["Bucket"]):
        run.call("s3:PutBucketMetricsConfiguration", Bucket=call.params["Bucket"], Id=call.params["Id"], MetricsConfiguration={"Id": call.params["Id"]})


@S.before("test_delete_bucket_lifecycle_configuration", "get-bucket-lifecycle-exc-2")
@S.before("test_delete_lifecycle_configuration_on_bucket_deletion", "get-bucket-lifecycle-exc")
def _(run, call):
    run.call("s3:DeleteBucketLifecycle", Bucket=call.params["Bucket"])


@S.before("test_bucket_lifecycle_configuration_object_expiry_versioned", "head-object-expiry")
@before_once("put")
def _(run, call):
    put(run, call, call.params["Key"], b"test")


@S.before("test_list_bucket_metrics_configurations", "list_bucket_metrics_configurations")
def _(run, call):
    ensure_bucket(run, call.params["Bucket"])
    for name in ("first", "second"):
        run.call("s3:PutBucketMetricsConfiguration", Bucket=call.params["Bucket"], Id=name, MetricsConfiguration={"Id": name, "Filter": {"Prefix": "logs/prefix"}})


# ---- keys, versions and owners that the recorder did not keep

@S.before("test_s3_multipart_upload_sse", "multi-sse-create-multipart")
def _(run, call):
    call.params["SSEKMSKeyId"] = run.keep("key", lambda: run.call("kms:CreateKey"))["KeyMetadata"]["KeyId"]


@S.before("test_s3_sse_validate_kms_key_state")
def _(run, call):
    if "SSEKMSKeyId" in call.params:
        call.params["SSEKMSKeyId"] = run.find("KeyId")


@S.before("test_s3_sse_validate_kms_key_state", "get-obj-disabled-key")
def _(run, call):
    run.call("kms:DisableKey", KeyId=run.find("KeyId"))


@S.before("test_s3_sse_validate_kms_key_state", "get-obj-pending-deletion-key")
def _(run, call):
    run.call("kms:ScheduleKeyDeletion", KeyId=run.find("KeyId"), PendingWindowInDays=7)


@S.before("test_s3_object_acl_exceptions", "put-object-acp-acl-*")
@S.before("test_s3_object_acl_exceptions", "put-object-two-type-acl-acp")
def _(run, call):
    policy = call.params["AccessControlPolicy"]
    owner = run.keep("owner", lambda: run.call("s3:ListBuckets"))["Owner"]["ID"]
    if policy.get("Owner", {}).get("ID") == "x":
        policy["Owner"] = {"ID": owner}
    for grant in policy["Grants"]:
        if grant["Grantee"].get("ID") == "x":
            grant["Grantee"]["ID"] = owner


@S.before("test_s3_object_retention_exc", "get-object-retention-never-set")
@S.before("test_s3_object_retention_exc", "update-retention-*")
def _(run, call):
    run.prepare(call)
    made = run.keep("version", lambda: run.call("s3:PutObject", Bucket=call.params["Bucket"], Key="test-key", Body="test"))
    call.params["VersionId"] = made["VersionId"]


@S.before("test_s3_object_retention_exc", "update-retention-no-bypass")
def _(run, call):
    run.prepare(call)
    run.call("s3:PutObjectRetention", Bucket=call.params["Bucket"], Key="test-key", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": "2031-01-01T00:00:00"})


@S.before("test_s3_object_retention_exc", "put-object-retention-regular-bucket")
@S.before("test_s3_object_retention_exc", "get-object-retention-regular-bucket")
def _(run, call):
    call.prepared = True
    call.params["Bucket"] += "-regular"
    if run.once("bucket", call.params["Bucket"]):
        run.call("s3:CreateBucket", Bucket=call.params["Bucket"])
        run.call("s3:PutObject", Bucket=call.params["Bucket"], Key="test-key", Body="test")
