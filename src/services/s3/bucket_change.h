// Changing the record of a bucket.
#pragma once
#include <functional>

#include "gateway/context.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Runs `f` on a copy of the record and keeps what it made of it, unless it answers an error. NoSuchBucket where there is none.
Result<void> change_bucket(Context& cx, Str name, const std::function<Result<void>(const BucketInfo&, Bucket&)>& f);

}  // namespace fogbank::s3
