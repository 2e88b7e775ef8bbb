// Multipart uploads through the whole chain.
#include "services/s3/tests/fixture.h"

using namespace fogbank;
using namespace fogbank::s3;
using namespace fogbank::s3::testing;

TEST_CASE("an upload in parts becomes one object") {
  Fixture f(false);
  std::string big(5 << 20, 'a'), small = "and the end";
  std::string id = f.begin_upload("key");
  REQUIRE(f.put("key", std::string(70'000, 'o')));
  auto p1 = f.upload("key", id, 1, big);
  REQUIRE(p1);
  CHECK((*p1)->ETag == etag_of(big));
  REQUIRE(f.upload("key", id, 2, "replaced soon"));
  REQUIRE(f.upload("key", id, 2, big));
  REQUIRE(f.upload("key", id, 7, "not listed"));
  REQUIRE(f.upload("key", id, 3, small));
  CHECK(code(f.upload("key", "fakeid", 1, "x")) == "NoSuchUpload");
  CHECK(code(f.upload("key", id, 10001, "x")) == "InvalidArgument");
  CHECK(code(f.complete("key", id, {})) == "InvalidRequest");
  CHECK(code(f.complete("key", id, {{2, etag_of(big)}, {1, etag_of(big)}})) == "InvalidPartOrder");
  CHECK(code(f.complete("key", id, {{1, etag_of("other")}})) == "InvalidPart");
  CHECK(code(f.complete("key", id, {{4, etag_of(big)}})) == "InvalidPart");
  CHECK(code(f.complete("key", id, {{3, etag_of(small)}, {7, etag_of("not listed")}})) == "EntityTooSmall");
  CHECK(code(f.complete("other", id, {{1, etag_of(big)}})) == "NoSuchUpload");
  svc::ListPartsRequest list{};
  list.Bucket = "bucket";
  list.Key = "key";
  list.UploadId = S(id);
  list.MaxParts = 2;
  auto parts = f.t.call<op::ListParts>(list);
  REQUIRE(parts);
  CHECK((*parts)->Parts.size() == 2);
  CHECK((*parts)->IsTruncated.value);
  auto done = f.complete("key", id, {{1, etag_of(big)}, {2, etag_of(big)}, {3, etag_of(small)}});
  REQUIRE(done);
  std::string etag((*done)->ETag.view());
  CHECK(etag == cat('"', hex(md5(cat(md5(big), md5(big), md5(small)))), "-3\""));
  std::string whole = big + big + small;
  {
    uint64_t crc = crc64nvme(whole);
    std::string raw;
    for (int shift = 56; shift >= 0; shift -= 8) raw += char(crc >> shift);
    CHECK((*done)->ChecksumCRC64NVME == base64(raw));
  }
  CHECK(f.get("key") == whole);
  auto in = f.get_request("key");
  std::string range = cat("bytes=", (5 << 20) - 2, "-", (10 << 20) + 2);
  in.Range = S(range);
  REQUIRE(f.t.call<op::GetObject>(in));
  CHECK(f.sent() == whole.substr((5 << 20) - 2, (5 << 20) + 5));
  in.Range = {};
  in.PartNumber = 3;
  auto part = f.t.call<op::GetObject>(in);
  REQUIRE(part);
  CHECK(f.sent() == small);
  CHECK((*part)->PartsCount.value == 3);
  CHECK((*part)->ContentRange == cat("bytes ", 10 << 20, '-', whole.size() - 1, '/', whole.size()));
  // Completing again answers the same; the parts that were not listed, the old object and the replaced part are gone.
  done = f.complete("key", id, {{1, etag_of(big)}, {2, etag_of(big)}, {3, etag_of(small)}});
  REQUIRE(done);
  CHECK((*done)->ETag == etag);
  CHECK(code(f.t.call<op::ListParts>(list)) == "NoSuchUpload");
  f.t.drain();
  CHECK(f.records(kParts) == 3);
  CHECK(f.t.store().stats().blobs == 2);
  svc::CopyObjectRequest copy_in{};
  copy_in.Bucket = "bucket";
  copy_in.Key = "copied";
  copy_in.CopySource = "bucket/key";
  auto copied = f.t.call<op::CopyObject>(copy_in);
  REQUIRE(copied);
  CHECK((*copied)->CopyObjectResult->ETag == etag_of(whole));
  REQUIRE(f.remove("key"));
  REQUIRE(f.remove("copied"));
  f.t.drain();
  CHECK(f.records(kParts) == 0);
  CHECK(f.t.store().stats().blobs == 0);
  CHECK(code(f.complete("key", id, {{1, etag_of(big)}})) == "NoSuchUpload");
}

TEST_CASE("the parts of a large upload go some hundred at a time") {
  Fixture f;
  std::string id = f.begin_upload("key");
  for (int i = 1; i <= 450; i++) REQUIRE(f.upload("key", id, i, cat(i)));
  svc::AbortMultipartUploadRequest in{};
  in.Bucket = "bucket";
  in.Key = "key";
  in.UploadId = S(id);
  REQUIRE(f.t.call<op::AbortMultipartUpload>(in));
  CHECK(code(f.t.call<op::AbortMultipartUpload>(in)) == "NoSuchUpload");
  f.t.drain();
  CHECK(f.records(kParts) == 0);
}

TEST_CASE("conditional completions notice what happened to the key meanwhile") {
  Fixture f;
  REQUIRE(f.put("key", "old"));
  std::string id = f.begin_upload("key");
  REQUIRE(f.upload("key", id, 1, "part"));
  std::vector<std::pair<int, std::string>> parts = {{1, etag_of("part")}};
  CHECK(code(f.complete("key", id, parts, {}, "*")) == "PreconditionFailed");
  CHECK(code(f.complete("key", id, parts, "\"wrong\"")) == "PreconditionFailed");
  REQUIRE(f.put("key", "new"));
  CHECK(code(f.complete("key", id, parts, S(etag_of("new")))) == "ConditionalRequestConflict");
  REQUIRE(f.remove("key"));
  CHECK(code(f.complete("key", id, parts, S(etag_of("new")))) == "NoSuchKey");
  CHECK(code(f.complete("key", id, parts, {}, "*")) == "ConditionalRequestConflict");
  CHECK(f.complete("key", id, parts));
}

TEST_CASE("checksums of uploads are checked against their kind") {
  Fixture f;
  svc::CreateMultipartUploadRequest in{};
  in.Bucket = "bucket";
  in.Key = "key";
  in.ChecksumType = "FULL_OBJECT";
  CHECK(f.t.call<op::CreateMultipartUpload>(in).error().message == "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  in.ChecksumAlgorithm = "SHA1";
  CHECK(f.t.call<op::CreateMultipartUpload>(in).error().message == "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.");
  in.ChecksumType = {};
  CHECK((*f.t.call<op::CreateMultipartUpload>(in))->ChecksumType == "COMPOSITE");
  std::string id = f.begin_upload("key", "CRC32C", "FULL_OBJECT");
  auto part = f.upload("key", id, 1, "abc");
  REQUIRE(part);
  CHECK((*part)->ChecksumCRC32C == "Nks/tw==");
  CHECK((*f.complete("key", id, {{1, etag_of("abc")}}))->ChecksumCRC32C == "Nks/tw==");
  svc::ListMultipartUploadsRequest list{};
  list.Bucket = "bucket";
  auto open = f.t.call<op::ListMultipartUploads>(list);
  REQUIRE(open);
  CHECK((*open)->Uploads.size() == 1);
  CHECK((*open)->Uploads[0].ChecksumAlgorithm == "SHA1");
  CHECK((*open)->NextKeyMarker == "key");
}
