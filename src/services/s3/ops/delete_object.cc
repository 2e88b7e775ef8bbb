// DeleteObject and DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
// Deleting what does not exist succeeds. DeleteObjects needs a digest of its body, and decides and answers each key by itself.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kKeysPerTransaction = 100;

/// Uploads of the key that are in progress have to know: a conditional completion of theirs is then in conflict.
void mark_uploads(store::Txn& tx, const BucketInfo& bucket, std::string_view key) {
  std::vector<std::pair<store::Key, Upload>> touched;
  tx.scan_prefix(store::key(bucket.scope, kUploads, bucket.record.id, key), [&](std::string_view encoded, std::string_view bytes, store::Version) {
    auto upload = decode<Upload>(bytes);
    if (upload && !upload->deleted_since) touched.emplace_back(store::Key::raw(std::string(encoded), false), std::move(*upload));
    return touched.size() < kKeysPerTransaction;
  });
  for (auto& [at, upload] : touched) {
    upload.deleted_since = true;
    tx.put_record(at, upload);
  }
}

/// If-Match of a deletion; nothing matches an object that does not exist.
Result<void> delete_one(Context& cx, store::Txn& tx, const BucketInfo& bucket, std::string_view key, Str if_match) {
  auto object = load_object(tx, bucket, key);
  if (if_match && (!object || !names_etag(if_match, object->etag))) return fail(precondition_failed("If-Match"));
  if (!object) return {};
  drop_body(tx, bucket, key, *object, cx.now());
  tx.erase(object_key(bucket, key));
  mark_uploads(tx, bucket, key);
  announce(cx, tx, bucket, "s3:ObjectRemoved:Delete", key, nullptr);
  return {};
}

ApiError no_governance() {
  return invalid_argument("x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.", "x-amz-bypass-governance-retention");
}

Result<void> check_batch(Context& cx, const svc::DeleteObjectsRequest& in) {
  if (in.BypassGovernanceRetention) return fail(no_governance());
  if (!in.Delete || in.Delete->Objects.empty() || in.Delete->Objects.size() > 1000) return fail(malformed_xml());
  for (const auto& o : in.Delete->Objects) {
    if (!o.Key || o.Key.empty()) return fail(malformed_xml());
    if (o.LastModifiedTime || o.Size) return fail(not_implemented("DeleteObjects by LastModifiedTime or Size"));
  }
  if (cx.request().internal || cx.has_header("content-md5") || cx.has_header("x-amz-trailer")) return {};
  for (const char* name : {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}) if (cx.has_header(cat("x-amz-checksum-", name))) return {};
  return fail(invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
}

/// What keeps one entry of a batch from being tried at all.
Result<void> check_entry(Context& cx, size_t i, const svc::ObjectIdentifier& o) {
  if (const ApiError* denial = cx.entry_denied(i)) return fail(*denial);
  if (o.VersionId && !o.VersionId.empty() && !(o.VersionId == "null"))
    return fail("NoSuchVersion", "The specified version does not exist.", 404);
  return check_key(o.Key);
}

void tell_entry(Context& cx, const svc::DeleteObjectsRequest& in, size_t i, const Result<void>& result, svc::DeleteObjectsOutput& out) {
  const auto& o = in.Delete->Objects[i];
  Str version = o.VersionId && !o.VersionId.empty() ? o.VersionId : Str{};
  if (!result) {
    svc::Error& e = out.Errors.add(cx.arena());
    e.Key = o.Key;
    e.VersionId = version;
    e.Code = cx.str(result.error().code);
    e.Message = cx.str(result.error().message);
  } else if (!in.Delete->Quiet.value_or(false)) {
    svc::DeletedObject& d = out.Deleted.add(cx.arena());
    d.Key = o.Key;
    d.VersionId = version;
  }
}

}  // namespace

Result<void> DeleteObject(Context& cx, const svc::DeleteObjectRequest& in, svc::DeleteObjectOutput& out) {
  if (in.BypassGovernanceRetention) return fail(no_governance());
  if (in.IfMatchLastModifiedTime) return fail(header_not_implemented("x-amz-if-match-last-modified-time"));
  if (in.IfMatchSize) return fail(header_not_implemented("x-amz-if-match-size"));
  if (in.VersionId && !(in.VersionId == "null"))
    return fail(invalid_argument("Invalid version id specified", "versionId", in.VersionId));
  if (in.VersionId) out.VersionId = in.VersionId;
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    return delete_one(cx, tx, *bucket, in.Key, in.IfMatch);
  });
}

Result<void> DeleteObjects(Context& cx, const svc::DeleteObjectsRequest& in, svc::DeleteObjectsOutput& out) {
  FB_TRY(check_batch(cx, in));
  const auto& objects = in.Delete->Objects;
  std::vector<Result<void>> results(objects.size());
  for (size_t begin = 0; begin < objects.size(); begin += kKeysPerTransaction) {
    size_t end = std::min(objects.size(), begin + kKeysPerTransaction);
    Result<void> done = cx.write([&](store::Txn& tx) -> Result<void> {
      BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
      if (!bucket) return fail(no_such_bucket(in.Bucket));
      for (size_t i = begin; i < end; i++) {
        results[i] = check_entry(cx, i, objects[i]);
        if (results[i]) results[i] = delete_one(cx, tx, *bucket, objects[i].Key, objects[i].ETag);
      }
      return {};
    });
    FB_TRY(done);
  }
  for (size_t i = 0; i < objects.size(); i++) tell_entry(cx, in, i, results[i], out);
  return {};
}

}  // namespace fogbank::s3
