#include "services/s3/bucket_change.h"

#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<void> change_bucket(Context& cx, Str name, const std::function<Result<void>(const BucketInfo&, Bucket&)>& f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, name);
    if (!bucket) return fail(no_such_bucket(name));
    Bucket record = bucket->record;
    FB_TRY(f(*bucket, record));
    tx.put_record(bucket_key(bucket->scope.partition, record.name), record);
    return {};
  });
}

}  // namespace fogbank::s3
