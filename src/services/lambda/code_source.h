// Where the bytes of a package come from: the request itself, or an object in S3 that is read with the caller's own permission.
#pragma once
#include <string>

#include "gateway/authorise.h"
#include "gateway/context.h"

namespace fogbank::lambda {

/// In authorise functions: what reading the object needs, with S3's refusals in Lambda's words.
Result<void> require_code(AuthoriseContext& cx, Str bucket, Str key, Str version);
/// In slow handlers: the bytes.
Result<std::string> fetch_code(Context& cx, Blob zip, Str bucket, Str key, Str version);

}  // namespace fogbank::lambda
