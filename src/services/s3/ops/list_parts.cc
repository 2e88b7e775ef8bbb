// ListParts and ListMultipartUploads: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
// Odd rules kept: the next markers are told also where nothing follows, and name the last upload, not a common prefix.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/object_answers.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxPage = 1000;

/// IAM users are named by their ARN, accounts by their canonical id.
template <class Out> void tell_initiator(Context& cx, const Upload& upload, Out& out) {
  svc::Initiator& who = cx.make(out.Initiator);
  auto arn = parse_arn(upload.initiator_arn);
  bool root = !arn || arn->resource == "root";
  std::string_view name = root ? std::string_view() : arn->resource.substr(arn->resource.rfind('/') + 1);
  who.ID = cx.str(root ? canonical_id(upload.initiator_account) : upload.initiator_arn);
  who.DisplayName = cx.str(name);
}

template <class Out> void tell_upload(Context& cx, const BucketInfo& bucket, const Upload& upload, Out& out) {
  tell_initiator(cx, upload, out);
  cx.make(out.Owner).ID = cx.str(canonical_id(bucket.record.account));
  out.StorageClass = upload.storage_class.empty() ? Str("STANDARD") : cx.str(upload.storage_class);
  if (upload.checksum_algorithm.empty()) return;
  out.ChecksumAlgorithm = cx.str(upload.checksum_algorithm);
  out.ChecksumType = checksum_type(upload.composite);
}

/// Parts behind the marker into the output, at most `max`.
void tell_parts(Context& cx, store::Reader& reader, const BucketInfo& bucket, const Upload& upload, int64_t marker, int max, svc::ListPartsOutput& out) {
  store::Key all = store::key(bucket.scope, kParts, bucket.record.id, upload.number);
  out.NextPartNumberMarker = 0;
  reader.scan(part_key(bucket, upload.number, uint64_t(marker + 1)), all.after_prefix(), store::Order::ascending,
              [&](std::string_view key, std::string_view bytes, store::Version) {
    if (out.Parts.size() == size_t(max)) {
      out.IsTruncated = true;
      return false;
    }
    auto part = decode<Part>(bytes);
    if (!part) throw std::runtime_error("a part's record is damaged");
    svc::Part& p = out.Parts.add(cx.arena());
    p.PartNumber = int32_t(store::number_part(store::key_parts(key).at(2)));
    p.ETag = cx.str(quoted_etag(hex(part->md5)));
    p.Size = part->size;
    p.LastModified = whole_seconds(part->modified);
    if (!upload.checksum_algorithm.empty()) set_checksum(p, upload.checksum_algorithm, cx.str(part->checksum));
    out.NextPartNumberMarker = *p.PartNumber;
    return true;
  });
}

int page_size(Opt<int32_t> given) { return std::min(given.value_or(kMaxPage), kMaxPage); }

Result<void> check_upload_marker(store::Reader& reader, const BucketInfo& bucket, Str key, Str upload_id) {
  if (key.empty() || upload_id.empty() || reader.has(upload_key(bucket, key, upload_id))) return {};
  return fail(invalid_argument("Invalid uploadId marker", "upload-id-marker", upload_id));
}

}  // namespace

Result<void> ListParts(Context& cx, const svc::ListPartsRequest& in, svc::ListPartsOutput& out) {
  if (in.MaxParts.value_or(0) < 0)
    return fail(invalid_argument("Argument max-parts must be an integer between 0 and 2147483647", "max-parts", cat(*in.MaxParts)));
  int64_t marker = 0;
  if (in.PartNumberMarker) marker = in.PartNumberMarker.value_or(0);
  if (marker < 0) return fail(invalid_argument("Argument part-number-marker must be an integer between 0 and 2147483647", "part-number-marker", cat(marker)));
  int max = page_size(in.MaxParts);
  bool bucket_found = false, upload_found = false;
  out.IsTruncated = false;
  cx.read([&](store::Reader& reader) {
    BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
    if (!(bucket_found = bool(bucket))) return;
    auto upload = reader.get_as<Upload>(upload_key(*bucket, in.Key, in.UploadId));
    if (!(upload_found = upload.has_value())) return;
    tell_upload(cx, *bucket, *upload, out);
    if (max > 0) tell_parts(cx, reader, *bucket, *upload, marker, max, out);
    else out.NextPartNumberMarker = 0;
  });
  if (!bucket_found) return fail(no_such_bucket(in.Bucket));
  if (!upload_found) return fail(no_such_upload(in.UploadId));
  out.Bucket = in.Bucket;
  out.Key = in.Key;
  out.UploadId = in.UploadId;
  out.PartNumberMarker = int32_t(marker);
  out.MaxParts = max;
  return {};
}

Result<void> ListMultipartUploads(Context& cx, const svc::ListMultipartUploadsRequest& in, svc::ListMultipartUploadsOutput& out) {
  bool url = in.EncodingType.has();
  if (url && !(in.EncodingType == "url"))
    return fail(invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", in.EncodingType));
  if (in.MaxUploads.value_or(0) < 0)
    return fail(invalid_argument("Argument max-uploads must be an integer between 0 and 2147483647", "max-uploads", cat(*in.MaxUploads)));
  int max = page_size(in.MaxUploads);
  auto write = [&](std::string_view text) { return cx.str(url ? url_encoded_key(text) : std::string(text)); };
  BucketPtr bucket;
  UploadPage page;
  Result<void> read;
  cx.read([&](store::Reader& reader) {
    bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
    if (!bucket) { read = fail(no_such_bucket(in.Bucket)); return; }
    read = check_upload_marker(reader, *bucket, in.KeyMarker, in.UploadIdMarker);
    if (read) page = list_uploads(reader, *bucket, {in.Prefix, in.Delimiter, in.KeyMarker, max}, in.UploadIdMarker);
  });
  FB_TRY(read);
  const ListedUpload* last = nullptr;
  for (const ListedUpload& e : page.entries) {
    if (e.common_prefix) {
      out.CommonPrefixes.add(cx.arena()).Prefix = write(e.key);
      continue;
    }
    last = &e;
    svc::MultipartUpload& u = out.Uploads.add(cx.arena());
    u.Key = write(e.key);
    u.UploadId = cx.str(e.upload_id);
    u.Initiated = whole_seconds(e.upload.initiated);
    tell_upload(cx, *bucket, e.upload, u);
  }
  out.Bucket = in.Bucket;
  out.KeyMarker = write(in.KeyMarker);
  out.UploadIdMarker = in.KeyMarker.empty() ? Str("") : Str(in.UploadIdMarker.view());
  // The next page begins behind the last entry, which may be a common prefix.
  if (page.truncated && page.entries.back().common_prefix) last = &page.entries.back();
  out.NextKeyMarker = last ? write(last->key) : Str("");
  out.NextUploadIdMarker = last ? cx.str(last->upload_id) : Str("");
  if (in.Prefix) out.Prefix = write(in.Prefix);
  if (in.Delimiter) out.Delimiter = write(in.Delimiter);
  if (url) out.EncodingType = "url";
  out.MaxUploads = max;
  out.IsTruncated = page.truncated;
  return {};
}

}  // namespace fogbank::s3
