// CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
// No byte is copied: the object refers to the parts where they are; parts that the request does not list go. Repeating a completion that
// succeeded gives the same answer, as long as its object is the key's. A conditional completion is in conflict if the key was written or
// deleted after the upload began, even where the condition holds.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/multipart_rules.h"
#include "services/s3/lifecycle.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

using Request = svc::CompleteMultipartUploadRequest;

/// The parts that the request lists, without their records.
Result<std::vector<ChosenPart>> listed_parts(const Request& in) {
  std::vector<ChosenPart> out;
  if (!in.MultipartUpload) return fail(invalid_request("You must specify at least one part"));
  if (in.MultipartUpload->Parts.empty() || in.MultipartUpload->Parts.size() > size_t(kMaxPartNumber)) return fail(malformed_xml());
  for (const auto& p : in.MultipartUpload->Parts) {
    if (!p.PartNumber || !p.ETag) return fail(malformed_xml());
    FB_ASSIGN(given, given_checksum(p));
    if (*p.PartNumber < 1 || *p.PartNumber > kMaxPartNumber)
      return fail(invalid_argument("PartNumber must be >= 1", "partNumber", cat(*p.PartNumber)));
    out.push_back({*p.PartNumber, bare_etag(p.ETag), given.algorithm, given.value, {}});
  }
  FB_TRY(check_part_order(out, in.UploadId));
  return out;
}

/// Reads the records of the listed parts; answers how many parts the upload has in all.
Result<size_t> load_parts(store::Reader& reader, const BucketInfo& bucket, const Upload& upload, const Request& in, std::vector<ChosenPart>& parts) {
  size_t seen = 0, next = 0;
  reader.scan_prefix(store::key(bucket.scope, kParts, bucket.record.id, upload.number), [&](std::string_view key, std::string_view bytes, store::Version) {
    seen++;
    if (next == parts.size()) return true;
    int64_t number = int64_t(store::number_part(store::key_parts(key).at(2)));
    if (number < parts[next].number) return true;
    if (number > parts[next].number) return false;   // that one is missing
    auto part = decode<Part>(bytes);
    if (!part) throw std::runtime_error("a part's record is damaged");
    parts[next++].part = std::move(*part);
    return true;
  });
  for (size_t i = next; i < parts.size(); i++) parts[i].part = {};
  for (const ChosenPart& p : parts) FB_TRY(check_part(p, upload, in.UploadId));
  return seen;
}

/// Checksum, its kind and the size that the request announces for the whole.
Result<void> check_announced(const Request& in, const Upload& upload, const Assembled& whole) {
  FB_ASSIGN(given, given_checksum(in));
  if (in.ChecksumType && in.ChecksumType.view() != checksum_type(whole.composite)) {
    return fail(invalid_request(cat("The upload was created using the ", upload.checksum_algorithm.empty() ? "null" : checksum_type(whole.composite),
                                    " checksum mode. The complete request must use the same checksum mode.")));
  }
  // Without its kind a checksum is taken for the kind that its algorithm has by default, which no full-object CRC32 or CRC32C is.
  bool other_kind = !in.ChecksumType && !whole.composite && whole.checksum_algorithm != kDefaultChecksum;
  if (!given.algorithm.empty() && (given.algorithm != whole.checksum_algorithm || given.value != whole.checksum || other_kind))
    return fail("BadDigest", cat("The ", lower(whole.checksum_algorithm), " you specified did not match the calculated checksum."));
  if (in.MpuObjectSize && *in.MpuObjectSize != whole.size) {
    return fail(invalid_request(cat("The provided 'x-amz-mp-object-size' header value ", *in.MpuObjectSize, " does not match what was computed: ",
                                    whole.size)));
  }
  return {};
}

Result<void> check_conditions(const Request& in, WriteCondition condition, const Upload& upload, const std::optional<Object>& old) {
  FB_TRY(judge_write(condition, in.IfMatch, old ? &old->etag : nullptr, in.Key));
  if (condition == WriteCondition::if_none_match && upload.deleted_since) return fail(condition_conflict("If-None-Match", in.Key));
  if (condition == WriteCondition::if_match && old->version > upload.number) return fail(condition_conflict("If-Match", in.Key));
  return {};
}

Object make_object(const Upload& upload, Assembled&& whole, std::string_view upload_id, Millis now) {
  Object o;
  o.size = whole.size;
  o.modified = now;
  o.etag = std::move(whole.etag);
  o.storage_class = upload.storage_class;
  o.checksum_algorithm = std::move(whole.checksum_algorithm);
  o.checksum = std::move(whole.checksum);
  o.composite = whole.composite;
  o.upload = upload.number;
  o.upload_id = upload_id;
  o.runs = std::move(whole.runs);
  o.attributes = upload.attributes;
  o.acl = upload.acl;
  o.owner = upload.owner;
  o.sealing = upload.sealing;
  if (o.sealing && !o.sealing->kms() && upload.checksum_algorithm.empty()) o.checksum_algorithm = o.checksum = {};   // none by default, as in S3
  return o;
}

Result<Object> complete(Context& cx, store::Txn& tx, const Request& in, WriteCondition condition) {
  BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  store::Key at = upload_key(*bucket, in.Key, in.UploadId);
  auto upload = tx.get_as<Upload>(at);
  std::optional<Object> old = load_object(tx, *bucket, in.Key);
  if (!upload) {
    if (old && old->upload && old->upload_id == in.UploadId.view()) return std::move(*old);   // completed before
    return fail(no_such_upload(in.UploadId));
  }
  FB_ASSIGN(parts, listed_parts(in));
  FB_ASSIGN(uploaded, load_parts(tx, *bucket, *upload, in, parts));
  size_t chosen = parts.size();
  FB_ASSIGN(whole, assemble(parts, *upload));
  FB_TRY(check_announced(in, *upload, whole));
  FB_TRY(check_conditions(in, condition, *upload, old));
  Object object = make_object(*upload, std::move(whole), in.UploadId, cx.now());
  FB_ASSIGN(lock, lock_of_new_version(bucket->record, upload->lock, object.modified));
  object.lock = std::move(lock);
  if (uploaded > chosen) drop_parts_of(tx, *bucket, upload->number, object.runs, cx.now());
  tx.erase(at);
  note_sealed(tx, *bucket, object.sealing);
  add_object(tx, *bucket, in.Key, object, nullptr, old, cx.now(), cx.random());
  announce(cx, tx, *bucket, "s3:ObjectCreated:CompleteMultipartUpload", in.Key, &object);
  return object;
}

}  // namespace

Result<void> CompleteMultipartUpload(Context& cx, const Request& in, svc::CompleteMultipartUploadOutput& out) {
  FB_ASSIGN(condition, read_write_condition(in.IfMatch, in.IfNoneMatch));
  Object object;
  Result<void> written = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(made, complete(cx, tx, in, condition));
    object = std::move(made);
    return {};
  });
  FB_TRY(written);
  tell_written(cx, out, object, customer_headers(in));
  if (object.sealing && object.checksum_algorithm == kDefaultChecksum) {   // computed, but not told here of what is under keys of others
    out.ChecksumCRC64NVME = {};
    out.ChecksumType = {};
  }
  tell_expiration(cx, out, in.Bucket, in.Key, object);
  out.Bucket = in.Bucket;
  out.Key = in.Key;
  out.Location = cx.str(cat(cx.request().endpoint, '/', in.Bucket.view(), '/', percent_encode(in.Key)));
  return {};
}

}  // namespace fogbank::s3
