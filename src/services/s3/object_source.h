// Objects for other services: reading a small object within one operation of Lambda and others on behalf of its caller (a forward access
// session). Two halves, as kms/data_keys.h: what is required in the authorise function is read in the handler, with the same ObjectUse.
// Errors are S3's own (NoSuchBucket, NoSuchKey, NoSuchVersion, PermanentRedirect …), for the calling service to word.
#pragma once
#include <string>
#include <string_view>

#include "base/arena.h"
#include "gateway/authorise.h"
#include "gateway/context.h"

namespace fogbank::s3 {

struct ObjectUse {
  std::string_view service;              ///< the calling service as in host names: "lambda"
  std::string_view bucket, key;
  Str version_id = {};                   ///< absent: the current version
  std::string_view denial = {};          ///< the whole text of a denial
};

/// s3:GetObject (or GetObjectVersion) on the object, and kms:Decrypt where it is under a KMS key. The bucket has to be in the target's Region.
Result<void> require_object(AuthoriseContext& cx, const ObjectUse& use);
/// The object's bytes, at most `limit`; leaves the access record of GetObject. Reads the disk: for slow operations.
Result<std::string> read_object(Context& cx, const ObjectUse& use, size_t limit);

}  // namespace fogbank::s3
