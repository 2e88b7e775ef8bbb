// Configurations of buckets as they are kept: JSON of the API's own shapes, one text per configuration. Those of which a bucket has one
// each are in its record (Bucket::configurations by kind), the others in the config table by kind and id.
//
// Settings are the decoded ones that requests and tasks need; made with the BucketInfo, immutable, shared by threads. What answers
// show is decoded anew into the call's arena.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "gateway/context.h"
#include "gen/s3/tables.h"
#include "gen/s3/types.h"
#include "services/s3/state.h"
#include "wire/codec.h"

namespace fogbank::s3 {

namespace kind {
inline constexpr const char* cors = "cors";
inline constexpr const char* website = "website";
inline constexpr const char* lifecycle = "lifecycle";
inline constexpr const char* transition_minimum = "transition-minimum";   ///< of the lifecycle; a plain text
inline constexpr const char* logging = "logging";
inline constexpr const char* accelerate = "accelerate";                   ///< Status; a plain text
inline constexpr const char* payer = "payer";                             ///< a plain text
inline constexpr const char* tiering = "intelligent-tiering";
inline constexpr const char* metrics = "metrics";
inline constexpr const char* analytics = "analytics";
}  // namespace kind

struct Settings {
  Arena arena;
  const svc::CORSConfiguration* cors = nullptr;
  const svc::WebsiteConfiguration* website = nullptr;
  const svc::BucketLifecycleConfiguration* lifecycle = nullptr;
  const svc::LoggingEnabled* logging = nullptr;
  bool requester_pays = false;
};
std::shared_ptr<const Settings> decode_settings(const Bucket& bucket);

/// The bucket of a read; NoSuchBucket where there is none.
Result<BucketPtr> bucket_of(Context& cx, Str name);

/// A kept configuration in the arena of the call; null: there is none.
template <class T> Result<const T*> kept(Context& cx, const BucketInfo& bucket, const char* kind, const wire::Shape& shape) {
  auto it = bucket.record.configurations.find(kind);
  if (it == bucket.record.configurations.end()) return static_cast<const T*>(nullptr);
  FB_ASSIGN(value, wire::from_json(shape, it->second, cx.arena()));
  return static_cast<const T*>(value);
}
inline std::string as_json(const wire::Shape& shape, const void* value) {
  std::string out;
  wire::to_json(shape, value, out);
  return out;
}
/// Keeps one of a bucket's single configurations, or removes it (empty text).
Result<void> keep_configuration(Context& cx, Str bucket, const char* kind, std::string text);

/// Those with ids: at most a thousand of a kind, listed a hundred at a time in the order of their ids.
Result<void> put_numbered(Context& cx, Str bucket, const char* kind, std::string_view id, const std::string& json);
Result<std::string> get_numbered(Context& cx, Str bucket, const char* kind, std::string_view id);
Result<void> delete_numbered(Context& cx, Str bucket, const char* kind, std::string_view id);
struct NumberedPage { std::vector<std::string> texts; std::string next; };   ///< `next`: continuation token; empty: no more
Result<NumberedPage> list_numbered(Context& cx, Str bucket, const char* kind, Str token);

ApiError no_such_configuration();

}  // namespace fogbank::s3
