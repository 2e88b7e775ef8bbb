// DeleteObject and DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
// Deleting what does not exist succeeds. In a bucket with versions a deletion without a version id adds a delete marker; one with an id
// removes that version for good. DeleteObjects needs a digest of its body, and decides and answers each key by itself.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/lock_rules.h"
#include "services/s3/object_rules.h"
#include "services/s3/payload.h"
#include "services/s3/state.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kKeysPerTransaction = 50;
constexpr int kPartsPerEntry = 3;            // of a batch: removed with their object; more go by a task
constexpr size_t kUploadsMarked = 400;       // more uploads of one key than these are not kept from completing

/// Uploads of the key that are in progress have to know: a conditional completion of theirs is then in conflict. Answers how many are.
size_t mark_uploads(store::Txn& tx, const BucketInfo& bucket, std::string_view key) {
  std::vector<std::pair<store::Key, Upload>> touched;
  tx.scan_prefix(store::key(bucket.scope, kUploads, bucket.record.id, key), [&](std::string_view encoded, std::string_view bytes, store::Version) {
    auto upload = decode<Upload>(bytes);
    if (upload && !upload->deleted_since) touched.emplace_back(store::Key::raw(std::string(encoded), false), std::move(*upload));
    return touched.size() < kUploadsMarked;
  });
  for (auto& [at, upload] : touched) {
    upload.deleted_since = true;
    tx.put_record(at, upload);
  }
  return touched.size();
}

/// One deletion as a request names it.
struct Deletion {
  std::string_view key;
  std::optional<VersionName> version;
  Str if_match{};
  bool bypass = false;                       ///< of governance retention, asked for and allowed
  int parts_at_once = kPartsPerTransaction;
};

/// If-Match asks for an object that exists.
Result<Removal> delete_one(Context& cx, store::Txn& tx, const BucketInfo& bucket, const Deletion& d, size_t* marked = nullptr) {
  auto object = d.version ? load_version(tx, bucket, d.key, *d.version) : load_object(tx, bucket, d.key);
  if (d.if_match && (!object || object->marker)) return fail(no_such_key(d.key));
  if (d.if_match && !names_etag(d.if_match, object->etag)) return fail(precondition_failed("If-Match"));
  Removal out;
  if (d.version) {
    if (!object) return out;
    FB_TRY(check_removable(object->lock, cx.now(), d.bypass));
    out = remove_version(tx, bucket, d.key, *object, cx.now(), d.parts_at_once);
  } else {
    out = remove_current(tx, bucket, d.key, object, cx.now(), cx.random(), d.parts_at_once);
  }
  if (!out.removed && !out.marker_added) return out;
  size_t uploads = out.uncovered ? mark_uploads(tx, bucket, d.key) : 0;
  if (marked) *marked += uploads;
  announce_removal(cx, tx, bucket, out.marker_added ? "s3:ObjectRemoved:DeleteMarkerCreated" : "s3:ObjectRemoved:Delete", d.key, out.version_id);
  return out;
}

ApiError no_governance() {
  return invalid_argument("x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.", "x-amz-bypass-governance-retention");
}

Result<BucketPtr> enter(Context& cx, store::Reader& reader, Str name, bool bypass_given) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, name);
  if (!bucket) return fail(no_such_bucket(name));
  if (bypass_given && !bucket->record.lock) return fail(no_governance());
  return bucket;
}

Result<void> check_batch(Context& cx, const svc::DeleteObjectsRequest& in) {
  if (!in.Delete) return fail(missing_body());
  if (in.Delete->Objects.empty() || in.Delete->Objects.size() > 1000) return fail(malformed_xml());
  for (const auto& o : in.Delete->Objects) {
    if (!o.Key || o.Key.empty()) return fail(malformed_xml());
    if (o.LastModifiedTime || o.Size) return fail(not_implemented("DeleteObjects by LastModifiedTime or Size"));
  }
  if (announces_digest(cx)) return {};
  return fail(invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
}

/// One entry of a batch; what cannot be found by its version id is told as S3 does here.
Result<Deletion> read_entry(Context& cx, const svc::DeleteObjectsRequest& in, size_t i) {
  const auto& o = in.Delete->Objects[i];
  if (const ApiError* denial = cx.entry_denied(i)) return fail(*denial);
  Deletion d;
  d.key = o.Key;
  d.if_match = o.ETag;
  d.parts_at_once = kPartsPerEntry;
  d.bypass = in.BypassGovernanceRetention.value_or(false) && !cx.entry_denied(in.Delete->Objects.size() + i);
  if (o.VersionId && !o.VersionId.empty()) {
    d.version = read_version_id(o.VersionId);
    if (!d.version) return fail("NoSuchVersion", "The specified version does not exist.", 404);
  }
  FB_TRY(check_key(o.Key));
  return d;
}

void tell_entry(Context& cx, const svc::DeleteObjectsRequest& in, size_t i, const Result<Removal>& result, svc::DeleteObjectsOutput& out) {
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
    if (!result->marker_added && !result->marker_removed) return;
    d.DeleteMarker = true;
    d.DeleteMarkerVersionId = result->version_id.empty() ? Str("null") : cx.str(result->version_id);
  }
}

}  // namespace

Result<void> DeleteObject(Context& cx, const svc::DeleteObjectRequest& in, svc::DeleteObjectOutput& out) {
  if (in.IfMatchLastModifiedTime) return fail(header_not_implemented("x-amz-if-match-last-modified-time"));
  if (in.IfMatchSize) return fail(header_not_implemented("x-amz-if-match-size"));
  FB_ASSIGN(version, read_version_name(in.VersionId));
  Deletion d{in.Key, version, in.IfMatch, in.BypassGovernanceRetention.value_or(false) && !cx.entry_denied(0)};
  Removal done;
  Result<void> written = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(bucket, enter(cx, tx, in.Bucket, in.BypassGovernanceRetention.has()));
    FB_ASSIGN(removal, delete_one(cx, tx, *bucket, d));
    done = std::move(removal);
    return {};
  });
  FB_TRY(written);
  if (in.VersionId) out.VersionId = in.VersionId;
  else if (done.marker_added) out.VersionId = done.version_id.empty() ? Str("null") : cx.str(done.version_id);
  if (done.marker_added || done.marker_removed) out.DeleteMarker = true;
  return {};
}

Result<void> DeleteObjects(Context& cx, const svc::DeleteObjectsRequest& in, svc::DeleteObjectsOutput& out) {
  FB_TRY(check_batch(cx, in));
  const auto& objects = in.Delete->Objects;
  std::vector<Result<Removal>> results(objects.size());
  for (size_t begin = 0, next = 0; begin < objects.size(); begin = next) {
    Result<void> done = cx.write([&](store::Txn& tx) -> Result<void> {
      FB_ASSIGN(bucket, enter(cx, tx, in.Bucket, in.BypassGovernanceRetention.has()));
      size_t marked = 0;
      for (next = begin; next < objects.size() && next < begin + kKeysPerTransaction && marked < 100; next++) {
        auto entry = read_entry(cx, in, next);
        results[next] = entry ? delete_one(cx, tx, *bucket, *entry, &marked) : Result<Removal>(fail(std::move(entry.error())));
      }
      return {};
    });
    FB_TRY(done);
  }
  for (size_t i = 0; i < objects.size(); i++) tell_entry(cx, in, i, results[i], out);
  return {};
}

}  // namespace fogbank::s3
