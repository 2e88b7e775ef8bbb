// What tests of S3 operations share: a core with a bucket, and short ways to the usual calls through the whole chain.
#pragma once
#include <doctest/doctest.h>

#include "base/encoding.h"
#include "gateway/testing.h"
#include "gen/s3/operations.h"
#include "services/s3/state.h"

namespace fogbank::s3::testing {

using fogbank::testing::TestCore;

/// A text that outlives the expression it is used in.
inline Str S(std::string_view v) { return Str(v); }
template <class T> std::string code(const Result<T>& r) { return r ? "" : r.error().code; }

inline auth::Principal stranger() { return auth::development_principal("111111111111"); }
inline auth::Principal nobody() { return {}; }

/// A core with a bucket, and short ways to the usual calls.
struct Fixture {
  TestCore t;
  explicit Fixture(bool hostile = true, uint64_t seed = 1) : t(hostile, seed) { CHECK_MESSAGE(code(create("bucket")) == "", "bucket"); }

  Result<const svc::CreateBucketOutput*> create(std::string_view name, std::string_view constraint = {}) {
    svc::CreateBucketRequest in{};
    in.Bucket = name;
    if (constraint.data()) {
      in.CreateBucketConfiguration = t.arena().make<svc::CreateBucketConfiguration>();
      in.CreateBucketConfiguration->LocationConstraint = constraint;
    }
    return t.call<op::CreateBucket>(in);
  }
  Result<const svc::PutObjectOutput*> put(std::string_view key, std::string_view bytes, Str if_match = {}, Str if_none_match = {}) {
    svc::PutObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = S(key);
    in.IfMatch = if_match;
    in.IfNoneMatch = if_none_match;
    t.set_body(bytes);
    return t.call<op::PutObject>(in);
  }
  svc::GetObjectRequest get_request(std::string_view key) {
    svc::GetObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    return in;
  }
  /// The bytes that a successful call would send.
  std::string sent() {
    std::string out;
    for (auto& s : t.last().segments) {
      auto bytes = s.blob->read(s.offset, size_t(s.length));
      REQUIRE(bytes);
      out += *bytes;
    }
    return out;
  }
  std::string get(std::string_view key) {
    auto r = t.call<op::GetObject>(get_request(key));
    return r ? sent() : "error " + r.error().code;
  }
  Result<const svc::DeleteObjectOutput*> remove(std::string_view key) {
    svc::DeleteObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    return t.call<op::DeleteObject>(in);
  }
  std::string begin_upload(std::string_view key, Str algorithm = {}, Str type = {}) {
    svc::CreateMultipartUploadRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    in.ChecksumAlgorithm = algorithm;
    in.ChecksumType = type;
    auto r = t.call<op::CreateMultipartUpload>(in);
    REQUIRE(r);
    return std::string((*r)->UploadId.view());
  }
  Result<const svc::UploadPartOutput*> upload(std::string_view key, std::string_view id, int number, std::string_view bytes) {
    svc::UploadPartRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    in.UploadId = S(id);
    in.PartNumber = number;
    t.set_body(bytes);
    return t.call<op::UploadPart>(in);
  }
  Result<const svc::CompleteMultipartUploadOutput*> complete(std::string_view key, std::string_view id, std::vector<std::pair<int, std::string>> parts,
                                                             Str if_match = {}, Str if_none_match = {}) {
    svc::CompleteMultipartUploadRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    in.UploadId = S(id);
    in.IfMatch = if_match;
    in.IfNoneMatch = if_none_match;
    if (!parts.empty()) {
      in.MultipartUpload = t.arena().make<svc::CompletedMultipartUpload>();
      for (auto& [n, etag] : parts) {
        auto& p = in.MultipartUpload->Parts.add(t.arena());
        p.PartNumber = n;
        p.ETag = S(etag);
      }
    }
    return t.call<op::CompleteMultipartUpload>(in);
  }
  size_t records(const store::Table& table) {
    size_t n = 0;
    Scope s = t.scope();
    t.store().read([&](store::Reader& r) {
      r.scan_prefix(store::key(s, table), [&](std::string_view, std::string_view, store::Version) { n++; return true; });
    });
    return n;
  }
};

inline std::string etag_of(std::string_view bytes) { return cat('"', hex(md5(bytes)), '"'); }

}  // namespace fogbank::s3::testing
