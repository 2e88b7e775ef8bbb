// Object Lock: what requests may ask for, and what a lock keeps from happening. Pure.
// Source: S3 User Guide, "Locking objects with Object Lock"; PutObjectRetention, PutObjectLockConfiguration in the API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// The x-amz-object-lock-* headers of a write; nothing if there are none.
Result<std::optional<Lock>> read_lock_headers(Str mode, Opt<int64_t> until, Str hold, Millis now);
/// The lock of a new version: as asked for, else by the bucket's default retention. An error where the bucket has no Object Lock.
Result<std::optional<Lock>> lock_of_new_version(const Bucket& bucket, const std::optional<Lock>& asked, Millis now);

/// Retention of PutObjectRetention: neither mode nor date removes it.
Result<Lock> read_retention(Str mode, Opt<int64_t> until, Millis now);
/// May the retention of `old` become that of `next`? `bypass`: governance may be overridden.
Result<void> check_retention_change(const Lock& old, const Lock& next, Millis now, bool bypass);
/// May a version with this lock be removed for good?
Result<void> check_removable(const std::optional<Lock>& lock, Millis now, bool bypass);

/// The default retention of a bucket's configuration.
Result<LockRule> read_lock_rule(Str mode, Opt<int32_t> days, Opt<int32_t> years);

ApiError protected_by_lock();
/// "Tue Dec 31 16:00:00 PST 2019": how S3 writes times in some errors.
std::string pacific_date(Millis t);

}  // namespace fogbank::s3
