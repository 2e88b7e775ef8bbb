"""S3 Control: recorded answers whose requests are not recorded but follow from them."""
from parity.setup import Service

S = Service("s3control")
S.bare = {"host-id"}
ACCOUNT, BUCKET = "111111111111", "test-bucket-00000000"


@S.prepare
def bucket(run, call):
    name = call.params.get("ResourceArn", "").rpartition(":")[2]
    if name and not name.startswith("no-such") and run.once("bucket", name):
        run.call("s3:CreateBucket", Bucket=name)


def block(answer, operation, test="test_crud_public_access_block", **more):
    S.add(test, answer, f"s3control:{operation}", AccountId=ACCOUNT, **more)


block("get-default-public-access-block", "GetPublicAccessBlock")
block("put-public-access-block", "PutPublicAccessBlock", PublicAccessBlockConfiguration=dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), False))
block("get-public-access-block", "GetPublicAccessBlock")
block("delete-public-access-block", "DeletePublicAccessBlock")
block("get-public-access-block-after-delete", "GetPublicAccessBlock")
block("idempotent-delete-public-access-block", "DeletePublicAccessBlock")
block("put-public-access-block-empty", "PutPublicAccessBlock", "test_empty_public_access_block", PublicAccessBlockConfiguration={})


def tagging(test, answer, operation, bucket=BUCKET, **more):
    S.add(test, answer, f"s3control:{operation}", AccountId=ACCOUNT, ResourceArn=f"arn:aws:s3:::{bucket}", **more)


def tags(**values):
    return [{"Key": k, "Value": v} for k, v in values.items()]


LIFE = "test_tag_lifecycle"
tagging(LIFE, "list-tags-before", "ListTagsForResource")
tagging(LIFE, "tag-resource", "TagResource", Tags=tags(key1="value1", key2="value2"))
tagging(LIFE, "list-tags-1", "ListTagsForResource")
tagging(LIFE, "tag-resource-after-update", "TagResource", Tags=tags(key3="value3"))
tagging(LIFE, "list-tags-after-update", "ListTagsForResource")
tagging(LIFE, "untag-resource", "UntagResource", TagKeys=["key3"])
tagging(LIFE, "list-tags-after-untag", "ListTagsForResource")
tagging(LIFE, "untag-resource-idempotent", "UntagResource", TagKeys=["key3"])

MISSING = "test_tag_operation_no_bucket"
tagging(MISSING, "tag-resource-no-exist", "TagResource", "no-such-bucket-control", Tags=tags(key1="value1"))
tagging(MISSING, "untag-resource-no-exist", "UntagResource", "no-such-bucket-control", TagKeys=["key1"])
tagging(MISSING, "list-resource-tags-no-exist", "ListTagsForResource", "no-such-bucket-control")

WRONG = "test_tag_resource_validation"
tagging(WRONG, "tags-key-none", "TagResource", Tags=[{"Value": "value1"}])
tagging(WRONG, "tags-value-none", "TagResource", Tags=[{"Key": "key1"}])
tagging(WRONG, "tags-key-aws-prefix", "TagResource", Tags=[{"Key": "aws:prefixed", "Value": "value1"}])
tagging(WRONG, "tags-key-aws-duplicated-key", "TagResource", Tags=[{"Key": "key1", "Value": "value1"}, {"Key": "key1", "Value": "value1"}])
tagging(WRONG, "tags-key-aws-bad-value", "TagResource", Tags=[{"Key": "key1", "Value": "value1,!"}])
tagging(WRONG, "tags-key-aws-bad-key", "TagResource", Tags=[{"Key": "key1,!", "Value": "value1"}])
