// Buckets, objects and listings through the whole chain.
#include "services/s3/tests/fixture.h"

using namespace fogbank;
using namespace fogbank::s3;
using namespace fogbank::s3::testing;

TEST_CASE("creating one's own bucket again succeeds in us-east-1 and nowhere else") {
  Fixture f;
  auto again = f.create("bucket");
  REQUIRE(again);
  CHECK((*again)->Location == "/bucket");
  CHECK((*again)->BucketArn == "arn:aws:s3:::bucket");
  svc::CreateBucketRequest in{};
  in.Bucket = "bucket";
  CHECK(code(f.t.call<op::CreateBucket>(in, stranger())) == "BucketAlreadyExists");
  CHECK(code(f.create("Bad_Name")) == "InvalidBucketName");
  REQUIRE(f.create("far", "eu-central-1"));
  Scope s = f.t.scope();
  s.region = Region("eu-central-1");
  f.t.set_scope(s);
  CHECK(code(f.create("far", "eu-central-1")) == "BucketAlreadyOwnedByYou");
  svc::GetBucketLocationRequest where{};
  where.Bucket = "far";
  CHECK((*f.t.call<op::GetBucketLocation>(where))->LocationConstraint == "eu-central-1");
}

TEST_CASE("the ownership of a new bucket is one that exists") {
  Fixture f;
  svc::CreateBucketRequest in{};
  in.Bucket = "other";
  in.ObjectOwnership = "RandomValue";
  CHECK(f.t.call<op::CreateBucket>(in).error().message == "Invalid x-amz-object-ownership header: RandomValue");
  in.ObjectOwnership = "BucketOwnerEnforced";
  CHECK(code(f.t.call<op::CreateBucket>(in)) == "");
}

TEST_CASE("an object comes back as it was put, whatever its size") {
  for (bool hostile : {true, false}) {
    Fixture f(hostile);
    for (size_t size : {size_t(0), size_t(1), size_t(4096), size_t(4097), size_t(65536), size_t(65537), size_t(300'000)}) {
      std::string bytes(size, 'x');
      for (size_t i = 0; i < size; i++) bytes[i] = char(i * 31);
      auto put = f.put("key", bytes);
      REQUIRE(put);
      CHECK((*put)->ETag == etag_of(bytes));
      CHECK((*put)->ChecksumType == "FULL_OBJECT");
      CHECK((*put)->ChecksumCRC64NVME.has());
      CHECK(f.get("key") == bytes);
      auto ranged = f.get_request("key");
      ranged.Range = "bytes=1-2";
      auto r = f.t.call<op::GetObject>(ranged);
      if (size > 2) {
        REQUIRE(r);
        CHECK(f.sent() == bytes.substr(1, 2));
        CHECK(f.t.last().status_override == 206);
        CHECK((*r)->ContentRange == cat("bytes 1-2/", size));
      }
      if (size == 0) CHECK(code(r) == "InvalidRange");
    }
    CHECK(f.records(kBodies) == 0);   // the last body is a file
    CHECK(f.t.store().stats().blobs == 1);
    REQUIRE(f.remove("key"));
    CHECK(f.t.store().stats().blobs == 0);
    CHECK(f.get("key") == "error NoSuchKey");
    CHECK(code(f.remove("key")) == "");
  }
}

TEST_CASE("attributes of an object are kept and told again") {
  Fixture f;
  svc::PutObjectRequest in{};
  in.Bucket = "bucket";
  in.Key = "../a b/\xc3\xbc";
  in.ContentType = "text/plain";
  in.CacheControl = "no-cache";
  in.ContentEncoding = "aws-chunked,gzip";
  in.Expires = "Wed, 21 Oct 2015 07:28:00 GMT";
  in.StorageClass = "STANDARD_IA";
  in.Tagging = "a=1&b=2";
  in.Metadata.add(f.t.arena(), "Color") = "red";
  f.t.set_body("hello");
  REQUIRE(f.t.call<op::PutObject>(in));
  svc::HeadObjectRequest head{};
  head.Bucket = "bucket";
  head.Key = in.Key;
  auto r = f.t.call<op::HeadObject>(head);
  REQUIRE(r);
  CHECK((*r)->ContentType == "text/plain");
  CHECK((*r)->CacheControl == "no-cache");
  CHECK((*r)->ContentEncoding == "gzip");
  CHECK((*r)->Expires == "Wed, 21 Oct 2015 07:28:00 GMT");
  CHECK((*r)->StorageClass == "STANDARD_IA");
  CHECK((*r)->TagCount.value == 2);
  CHECK(*(*r)->Metadata.find("color") == "red");
  CHECK((*r)->AcceptRanges == "bytes");
  CHECK((*r)->ServerSideEncryption == "AES256");
  CHECK_FALSE((*r)->ChecksumType.has());        // only where asked for
  CHECK(f.t.last().content_length == 5);
  CHECK(f.t.last().segments.empty());
  head.ChecksumMode = "ENABLED";
  CHECK((*f.t.call<op::HeadObject>(head))->ChecksumType == "FULL_OBJECT");
  in.ACL = "public-read";
  CHECK(code(f.t.call<op::PutObject>(in)) == "AccessControlListNotSupported");
  in.ACL = "fake-acl";
  CHECK(code(f.t.call<op::PutObject>(in)) == "InvalidArgument");
  in.ACL = {};
  in.ServerSideEncryption = "aws:kms:dsse";
  CHECK(code(f.t.call<op::PutObject>(in)) == "NotImplemented");
}

TEST_CASE("a body that was refused leaves no blob behind") {
  Fixture f(false);
  REQUIRE(f.put("key", "first"));
  CHECK(code(f.put("key", std::string(100'000, 'x'), {}, "*")) == "PreconditionFailed");
  CHECK(code(f.put("key", std::string(100'000, 'x'), "\"wrong\"")) == "PreconditionFailed");
  CHECK(code(f.put("other", "x", "\"e\"")) == "NoSuchKey");
  CHECK(f.get("key") == "first");
  CHECK(f.put("key", "second", S(etag_of("first"))));
  CHECK(f.t.store().stats().blobs == 0);
}

TEST_CASE("not modified is a 304 with the entity tag") {
  Fixture f;
  REQUIRE(f.put("key", "abc"));
  auto in = f.get_request("key");
  std::string etag = etag_of("abc");
  in.IfNoneMatch = S(etag);
  auto r = f.t.call<op::GetObject>(in);
  REQUIRE(r);
  CHECK(f.t.last().status_override == 304);
  CHECK(f.t.last().segments.empty());
  CHECK((*r)->ETag == etag_of("abc"));
  in.IfNoneMatch = {};
  in.IfMatch = "\"other\"";
  CHECK(code(f.t.call<op::GetObject>(in)) == "PreconditionFailed");
  in.IfMatch = {};
  in.PartNumber = 1;
  CHECK(f.t.call<op::GetObject>(in));
  CHECK(f.t.last().status_override == 206);
  in.PartNumber = 2;
  CHECK(code(f.t.call<op::GetObject>(in)) == "InvalidPartNumber");
  in.Range = "bytes=0-1";
  CHECK(code(f.t.call<op::GetObject>(in)) == "InvalidRequest");
}

TEST_CASE("who may not list is not told that a key is missing") {
  Fixture f;
  CHECK(f.get("missing") == "error NoSuchKey");
  CHECK(code(f.t.call<op::GetObject>(f.get_request("missing"), stranger())) == "AccessDenied");
  CHECK(code(f.t.call<op::GetObject>(f.get_request("missing"), nobody())) == "AccessDenied");
  auto in = f.get_request("key");
  in.Bucket = "no-such-bucket";
  CHECK(code(f.t.call<op::GetObject>(in, nobody())) == "NoSuchBucket");
  in.Bucket = "b\"d";
  CHECK(code(f.t.call<op::GetObject>(in)) == "InvalidBucketName");
  in = f.get_request("key");
  in.ExpectedBucketOwner = "111111111111";
  CHECK(code(f.t.call<op::GetObject>(in)) == "AccessDenied");
  in.ExpectedBucketOwner = "abc";
  CHECK(code(f.t.call<op::GetObject>(in)) == "InvalidBucketOwnerAWSAccountID");
  in = f.get_request("key");
  std::string key(1025, 'k');
  in.Key = S(key);
  CHECK(code(f.t.call<op::GetObject>(in)) == "KeyTooLongError");
}

TEST_CASE("a bucket policy opens a bucket once public policies are not blocked") {
  Fixture f;
  REQUIRE(f.put("open/key", "abc"));
  svc::PutBucketPolicyRequest put{};
  put.Bucket = "bucket";
  put.Policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/open/*"}]})";
  CHECK(code(f.t.call<op::PutBucketPolicy>(put)) == "AccessDenied");
  svc::DeletePublicAccessBlockRequest unblock{};
  unblock.Bucket = "bucket";
  REQUIRE(f.t.call<op::DeletePublicAccessBlock>(unblock));
  REQUIRE(f.t.call<op::PutBucketPolicy>(put));
  CHECK(f.t.call<op::GetObject>(f.get_request("open/key"), nobody()));
  CHECK(code(f.t.call<op::GetObject>(f.get_request("key"), nobody())) == "AccessDenied");
  auto in = f.get_request("open/key");
  in.ResponseContentType = "text/html";
  CHECK(code(f.t.call<op::GetObject>(in, nobody())) == "InvalidRequest");
  svc::PutPublicAccessBlockRequest block{};
  block.Bucket = "bucket";
  block.PublicAccessBlockConfiguration = f.t.arena().make<svc::PublicAccessBlockConfiguration>();
  block.PublicAccessBlockConfiguration->RestrictPublicBuckets = true;
  REQUIRE(f.t.call<op::PutPublicAccessBlock>(block));
  CHECK(code(f.t.call<op::GetObject>(f.get_request("open/key"), nobody())) == "AccessDenied");
  svc::GetBucketPolicyRequest get{};
  get.Bucket = "bucket";
  CHECK((*f.t.call<op::GetBucketPolicy>(get))->Policy.view() == put.Policy.view());
  svc::DeleteBucketPolicyRequest del{};
  del.Bucket = "bucket";
  REQUIRE(f.t.call<op::DeleteBucketPolicy>(del));
  CHECK(code(f.t.call<op::GetBucketPolicy>(get)) == "NoSuchBucketPolicy");
}

TEST_CASE("several keys are deleted at once, each for itself") {
  Fixture f;
  svc::DeleteObjectsRequest in{};
  in.Bucket = "bucket";
  in.Delete = f.t.arena().make<svc::Delete>();
  std::vector<std::string> keys;
  for (int i = 0; i < 250; i++) keys.push_back(cat("k", i));
  for (const auto& k : keys) {
    REQUIRE(f.put(k, k));
    in.Delete->Objects.add(f.t.arena()).Key = S(k);
  }
  CHECK(f.t.call<op::DeleteObjects>(in).error().message == "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  f.t.set_header("Content-MD5", "checked by the gateway");
  auto denied = f.t.call<op::DeleteObjects>(in, stranger());
  REQUIRE(denied);
  CHECK((*denied)->Errors.size() == 250);
  CHECK((*denied)->Errors[0].Code == "AccessDenied");
  CHECK((*denied)->Deleted.empty());
  in.Delete->Objects[0].VersionId = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";
  f.t.set_header("x-amz-checksum-crc32", "x");
  auto r = f.t.call<op::DeleteObjects>(in);
  REQUIRE(r);
  CHECK((*r)->Deleted.size() == 249);
  REQUIRE((*r)->Errors.size() == 1);
  CHECK((*r)->Errors[0].Code == "NoSuchVersion");
  CHECK(f.records(kObjects) == 1);
  in.Delete->Quiet = true;
  f.t.set_header("Content-MD5", "x");
  CHECK((*f.t.call<op::DeleteObjects>(in))->Deleted.empty());
  in.Delete = f.t.arena().make<svc::Delete>();
  f.t.set_header("Content-MD5", "x");
  CHECK(code(f.t.call<op::DeleteObjects>(in)) == "MalformedXML");
}

TEST_CASE("a bucket with objects stays") {
  Fixture f;
  REQUIRE(f.put("key", "abc"));
  svc::DeleteBucketRequest in{};
  in.Bucket = "bucket";
  CHECK(code(f.t.call<op::DeleteBucket>(in)) == "BucketNotEmpty");
  REQUIRE(f.remove("key"));
  std::string id = f.begin_upload("pending");
  REQUIRE(f.upload("pending", id, 1, std::string(100'000, 'p')));
  REQUIRE(f.t.call<op::DeleteBucket>(in));
  CHECK(code(f.t.call<op::DeleteBucket>(in)) == "NoSuchBucket");
  f.t.drain();
  CHECK(f.records(kUploads) + f.records(kParts) == 0);
  REQUIRE(f.create("bucket"));
  CHECK(f.get("key") == "error NoSuchKey");
}

TEST_CASE("buckets are listed by owner, in pages") {
  Fixture f;
  for (const char* n : {"alpha", "beta-1", "beta-2"}) REQUIRE(f.create(n));
  svc::CreateBucketRequest other{};
  other.Bucket = "beta-of-another";
  REQUIRE(f.t.call<op::CreateBucket>(other, stranger()));
  svc::ListBucketsRequest in{};
  auto all = f.t.call<op::ListBuckets>(in);
  REQUIRE(all);
  CHECK((*all)->Buckets.size() == 4);
  CHECK_FALSE((*all)->Buckets[0].BucketRegion.has());
  CHECK((*all)->Owner->ID.len == 64);
  in.Prefix = "beta";
  in.MaxBuckets = 1;
  auto page = f.t.call<op::ListBuckets>(in);
  REQUIRE(page);
  CHECK((*page)->Buckets[0].Name == "beta-1");
  CHECK((*page)->Buckets[0].BucketRegion == "us-east-1");
  std::string token((*page)->ContinuationToken.view());
  in.ContinuationToken = S(token);
  page = f.t.call<op::ListBuckets>(in);
  CHECK((*page)->Buckets[0].Name == "beta-2");
  CHECK_FALSE((*page)->ContinuationToken.has());
  in = {};
  in.BucketRegion = "eu-east-1";
  CHECK(f.t.call<op::ListBuckets>(in).error().message == "Argument value eu-east-1 is not a valid AWS Region");
}

TEST_CASE("listings page and encode") {
  Fixture f;
  for (const char* k : {"a=1/x", "a=1/y", "b c", "d"}) REQUIRE(f.put(k, "1"));
  svc::ListObjectsV2Request in{};
  in.Bucket = "bucket";
  in.Delimiter = "/";
  in.MaxKeys = 2;
  in.EncodingType = "url";
  auto r = f.t.call<op::ListObjectsV2>(in);
  REQUIRE(r);
  CHECK((*r)->CommonPrefixes[0].Prefix == "a%3D1/");
  CHECK((*r)->Contents[0].Key == "b+c");
  CHECK((*r)->Contents[0].ETag == etag_of("1"));
  CHECK((*r)->Contents[0].ChecksumAlgorithm[0] == "CRC64NVME");
  CHECK_FALSE((*r)->Contents[0].Owner.has());
  CHECK((*r)->KeyCount.value == 2);
  CHECK((*r)->IsTruncated.value);
  std::string token((*r)->NextContinuationToken.view());
  in.ContinuationToken = S(token);
  in.FetchOwner = true;
  r = f.t.call<op::ListObjectsV2>(in);
  CHECK((*r)->Contents[0].Key == "d");
  CHECK((*r)->Contents[0].Owner->ID == canonical_id("000000000000"));
  CHECK_FALSE((*r)->IsTruncated.value);
  in.ContinuationToken = "";
  CHECK(code(f.t.call<op::ListObjectsV2>(in)) == "InvalidArgument");
  svc::ListObjectsRequest v1{};
  v1.Bucket = "bucket";
  v1.Delimiter = "/";
  v1.MaxKeys = 1;
  auto l = f.t.call<op::ListObjects>(v1);
  CHECK((*l)->NextMarker == "a=1/");
  v1.Marker = "a=1/";
  CHECK((*f.t.call<op::ListObjects>(v1))->Contents[0].Key == "b c");
}

TEST_CASE("a copy takes bytes and, unless told otherwise, attributes") {
  Fixture f(false);
  std::string bytes(100'000, 'c');
  svc::PutObjectRequest put{};
  put.Bucket = "bucket";
  put.Key = "from";
  put.ContentType = "text/plain";
  put.StorageClass = "STANDARD_IA";
  f.t.set_body(bytes);
  REQUIRE(f.t.call<op::PutObject>(put));
  svc::CopyObjectRequest in{};
  in.Bucket = "bucket";
  in.Key = "to";
  in.CopySource = "bucket/from";
  auto r = f.t.call<op::CopyObject>(in);
  REQUIRE(r);
  CHECK((*r)->CopyObjectResult->ETag == etag_of(bytes));
  CHECK(f.get("to") == bytes);
  auto got = f.t.call<op::GetObject>(f.get_request("to"));
  CHECK((*got)->ContentType == "text/plain");
  CHECK_FALSE((*got)->StorageClass.has());
  in.MetadataDirective = "REPLACE";
  in.ContentType = "text/html";
  in.ChecksumAlgorithm = "SHA256";
  r = f.t.call<op::CopyObject>(in);
  CHECK((*r)->CopyObjectResult->ChecksumSHA256 == base64(as_view(sha256(bytes))));
  CHECK((*f.t.call<op::GetObject>(f.get_request("to")))->ContentType == "text/html");
  in = {};
  in.Bucket = "bucket";
  in.Key = "from";
  in.CopySource = "/bucket/from";
  CHECK(code(f.t.call<op::CopyObject>(in)) == "InvalidRequest");
  in.Key = "to";
  in.IfNoneMatch = "*";
  CHECK(code(f.t.call<op::CopyObject>(in)) == "PreconditionFailed");
  in.IfNoneMatch = {};
  in.CopySourceIfMatch = "\"x\"";
  CHECK(f.t.call<op::CopyObject>(in).error().members[0].second == "x-amz-copy-source-If-Match");
  in.CopySourceIfMatch = {};
  in.CopySource = "bucket/missing";
  CHECK(code(f.t.call<op::CopyObject>(in)) == "NoSuchKey");
  CHECK(code(f.t.call<op::CopyObject>(in, stranger())) == "AccessDenied");
  CHECK(f.t.store().stats().blobs == 2);
}
