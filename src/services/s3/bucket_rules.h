// Rules for buckets: names and Regions. Pure functions, thread-safe.
// Source: S3 User Guide, "General purpose bucket naming rules"; CreateBucket in the API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::s3 {

/// May a new bucket have this name?
bool valid_new_bucket_name(std::string_view name);
/// Could any bucket, ever, have had this name (old ones had 255 characters, capitals and underscores)?
bool valid_bucket_name(std::string_view name);
ApiError invalid_bucket_name(std::string_view name);

/// True for a Region that S3 serves, in any partition.
bool is_region(std::string_view name);

/// The Region of a new bucket: `endpoint` is the Region that the request is for, `constraint` the LocationConstraint (empty: none).
Result<std::string> region_of_new_bucket(std::string_view endpoint, std::string_view constraint);

/// A CreateBucket of a bucket that exists: its error.
ApiError bucket_taken(std::string_view name, bool by_caller);

}  // namespace fogbank::s3
