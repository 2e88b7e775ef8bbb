#include "services/s3/part_write.h"

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<int> read_part_number(Opt<int32_t> given) {
  int number = given.value_or(0);
  if (number >= 1 && number <= kMaxPartNumber) return number;
  return fail(invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", cat(number)));
}

Result<Upload> find_upload(Context& cx, store::Reader& reader, const PartPlaceName& at, BucketPtr& bucket) {
  bucket = find_bucket(cx.core(), reader, cx.scope().partition, at.bucket);
  if (!bucket) return fail(no_such_bucket(at.bucket));
  auto upload = reader.get_as<Upload>(upload_key(*bucket, at.key, at.upload_id));
  if (!upload) return fail(no_such_upload(at.upload_id));
  return std::move(*upload);
}

Result<Upload> find_upload(Context& cx, const PartPlaceName& at) {
  BucketPtr bucket;
  Result<Upload> upload = Upload{};
  cx.read([&](store::Reader& reader) { upload = find_upload(cx, reader, at, bucket); });
  return upload;
}

Result<void> write_part(Context& cx, const PartPlaceName& at, const Part& part) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket;
    FB_ASSIGN(current, find_upload(cx, tx, at, bucket));
    store::Key key = part_key(*bucket, current.number, uint64_t(at.number));
    auto old = tx.get_as<Part>(key);
    if (old && old->blob.file) tx.drop(old->blob);
    if (part.blob.file) tx.keep(part.blob, key);
    tx.put_record(key, part);
    return {};
  });
}

}  // namespace fogbank::s3
