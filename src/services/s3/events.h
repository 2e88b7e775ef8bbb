// Object events on their way: which rules an event meets, and the task per destination that joins the write of the object.
#pragma once
#include <string_view>

#include "gateway/context.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Schedules the deliveries of one event ("s3:ObjectCreated:Put") in the transaction that makes it true. `object` is null for removals.
void announce(Context& cx, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, const Object* object);
/// The same of a removal: a version that is gone, or a delete marker.
void announce_removal(Context& cx, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, std::string_view version_id);

}  // namespace fogbank::s3
