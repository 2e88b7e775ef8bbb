#include "services/s3/copying.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/checksums.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

Result<void> find(Context& cx, store::Reader& reader, const CopySource& from, const Preconditions& conditions, Str range, CopiedObject& out) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, from.bucket);
  if (!bucket) return fail(no_such_bucket(from.bucket));
  FB_ASSIGN(name, read_version_name(from.has_version ? Str(from.version_id) : Str{}));
  auto object = find_object(reader, *bucket, from.key, name, "GET");
  if (!object) {
    if (object.error().code == "MethodNotAllowed")
      return fail(invalid_request("The source of a copy request may not specifically refer to a delete marker by version id."));
    if (const ApiError* denial = cx.entry_denied(0)) return fail(*denial);
    return fail(std::move(object.error()));
  }
  out.object = std::move(*object);
  out.version = shown_version(*bucket, out.object);
  auto judged = judge(conditions, out.object.etag, out.object.modified, kCopyConditions);
  if (judged.verdict != Verdict::proceed) return fail(precondition_failed(judged.condition));
  if (!readable_storage_class(out.object.storage_class)) {
    return fail("ObjectNotInActiveTierError", "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.", 403);
  }
  ByteRange wanted{0, out.object.size};
  if (range) {
    FB_ASSIGN(given, read_copy_range(range, out.object.size));
    wanted = given;
  }
  if (wanted.length > kMaxObjectBytes) {
    return fail(invalid_request(cat("The specified copy source is larger than the maximum allowable size for a copy source: ", kMaxObjectBytes)));
  }
  FB_ASSIGN(segments, segments_of(reader, *bucket, from.key, out.object, wanted));
  out.segments = std::move(segments);
  return {};
}

}  // namespace

Result<CopiedObject> find_source(Context& cx, const CopySource& from, const Preconditions& conditions, Str range) {
  CopiedObject out;
  Result<void> found;
  cx.read([&](store::Reader& reader) { found = find(cx, reader, from, conditions, range, out); });
  FB_TRY(found);
  return out;
}

Result<ByteRange> read_copy_range(Str header, int64_t size) {
  auto malformed = [&] {
    return fail(invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based "
                                 "offsets of the first and last bytes to copy", "x-amz-copy-source-range", header));
  };
  auto digits = [](std::string_view s) {
    return !s.empty() && s.size() <= 18 && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  std::string_view text = header.view();
  if (!text.starts_with("bytes=")) return malformed();
  text.remove_prefix(6);
  size_t dash = text.find('-');
  if (dash == std::string_view::npos || !digits(text.substr(0, dash)) || !digits(text.substr(dash + 1))) return malformed();
  int64_t first = *parse_int(text.substr(0, dash)), last = *parse_int(text.substr(dash + 1));
  if (last < first) return malformed();
  if (first >= size) return fail(invalid_request("The specified copy range is invalid for the source object size"));
  if (last >= size) {
    return fail(invalid_argument(cat("Range specified is not valid for source object of size: ", size), "x-amz-copy-source-range", header));
  }
  return ByteRange{first, last - first + 1};
}

Result<CopiedBytes> copy_bytes(Context& cx, const std::vector<Segment>& segments, std::string_view algorithm) {
  CopiedBytes out;
  Digest md5(Digest::Kind::md5);
  Checksum sum(algorithm);
  FB_ASSIGN(writer, cx.store().new_blob());
  FB_TRY(read_segments(cx.store(), segments, [&](std::string_view piece) -> Result<void> {
    md5.update(piece);
    sum.update(piece);
    out.size += int64_t(piece.size());
    return writer->append(piece);
  }));
  FB_ASSIGN(blob, writer->finish());
  out.blob = std::move(blob);
  out.md5 = md5.finish();
  out.checksum = base64(sum.finish());
  return out;
}

}  // namespace fogbank::s3
