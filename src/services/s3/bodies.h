// The bytes of objects: where a write puts them, how a read finds them, how they go.
//
// Up to kInRecord bytes are in the object's record, up to 64 KiB in a record beside it, more in a blob file; an object made of parts
// keeps the parts' blobs. All functions work inside the transaction they are given and may be run again with it.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "services/s3/conditions.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Makes a finished blob the body of `object`, whose order is set and whose record is not yet written.
void place_body(store::Txn& tx, const BucketInfo& bucket, std::string_view key, Object& object, const store::BlobRef& blob);
/// Gives up a finished blob that became nobody's body because its call was refused.
void give_up(store::Store& store, const store::BlobRef& blob);
/// Gives up the body of a version that is overwritten or deleted. More parts than `at_once` go by a task scheduled for `now`.
inline constexpr int kPartsPerTransaction = 200;   ///< two changes each, of the 1,000 that a transaction may make
void drop_body(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& object, Millis now, int at_once = kPartsPerTransaction);
/// Gives up parts of an upload but for those in `keep`, as many as one transaction should; the rest by a task.
void drop_parts_of(store::Txn& tx, const BucketInfo& bucket, uint64_t upload, const std::vector<Run>& keep, Millis now);
/// Schedules the removal of all that a deleted bucket still has: uploads in progress and parts.
void drop_leftovers(store::Txn& tx, const BucketInfo& bucket, Millis now);

/// A stretch of a blob.
struct Segment { store::BlobRef blob; int64_t offset = 0, length = 0; };
/// Where a range of an object's bytes is; all of it has to be read from one snapshot with the object.
Result<std::vector<Segment>> segments_of(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const Object& object, const ByteRange& range);

/// Reads segments in pieces of at most 1 MiB.
Result<void> read_segments(store::Store& store, const std::vector<Segment>& segments, const std::function<Result<void>(std::string_view)>& take);

}  // namespace fogbank::s3
