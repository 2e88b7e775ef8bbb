#include "services/s3/object_write.h"

#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/lock_rules.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {

Result<void> write_object(Context& cx, const NewObject& what, Object& object, const store::BlobRef& body) {
  object.modified = cx.now();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, what.bucket);
    if (!bucket) return fail(no_such_bucket(what.bucket));
    auto old = load_object(tx, *bucket, what.key);
    FB_TRY(judge_write(what.condition, what.if_match, old ? &old->etag : nullptr, what.key));
    FB_ASSIGN(lock, lock_of_new_version(bucket->record, what.lock, object.modified));
    object.lock = std::move(lock);
    add_object(tx, *bucket, what.key, object, &body, old, object.modified, cx.random());
    announce(cx, tx, *bucket, what.event, what.key, &object);
    return {};
  });
}

}  // namespace fogbank::s3
