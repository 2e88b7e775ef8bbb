// Lifecycle rules: what they may be, which objects they are about, and when they act. Pure.
// Source: S3 User Guide, "Managing the lifecycle of objects", "Lifecycle configuration elements".
//
// Times in days are counted from the object's time and rounded up to the next midnight UTC.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "gen/s3/types.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

inline constexpr const char* kAllClasses128K = "all_storage_classes_128K";

/// Checks the rules and gives ids to those without.
Result<void> check_lifecycle(svc::BucketLifecycleConfiguration& lifecycle, Arena& arena, Random& random);
/// x-amz-transition-default-minimum-object-size; absent: the default.
Result<std::string> read_transition_minimum(Str header);

Millis midnight_after(Millis t);
/// When something of time `from` is `days` old.
Millis due_after(Millis from, int64_t days);

/// What a rule looks at.
struct RuleSubject { std::string_view key; int64_t size = 0; const std::map<std::string, std::string>* tags = nullptr; };
bool rule_applies(const svc::LifecycleRule& rule, const RuleSubject& subject);

/// The earliest expiration of a current object.
struct Expiry { Millis at = 0; std::string rule; };
std::optional<Expiry> expiry_of(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& object);
/// The x-amz-expiration header.
std::string expiration_header(const Expiry& expiry);

/// The storage class that a current object, or a noncurrent one (`noncurrent_since`, `newer` noncurrent ones before it), has to have by
/// now; nothing if that is the one it has.
std::optional<std::string> transition_of(const svc::BucketLifecycleConfiguration& lifecycle, bool any_size, std::string_view key, const Object& object, Millis now);
struct NoncurrentState { Millis since = 0; int64_t newer = 0; };
std::optional<std::string> noncurrent_transition_of(const svc::BucketLifecycleConfiguration& lifecycle, bool any_size, std::string_view key, const Object& object,
                                                    const NoncurrentState& state, Millis now);
bool noncurrent_expired(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& object, const NoncurrentState& state, Millis now);
/// Is a delete marker with nothing behind it to go?
bool marker_expired(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& marker, Millis now);
/// When an upload in progress is aborted, and by which rule.
std::optional<Expiry> abort_of(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, Millis initiated);

}  // namespace fogbank::s3
