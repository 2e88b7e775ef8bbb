#include "services/s3/lifecycle_rules.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/checksums.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"

namespace fogbank::s3 {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr size_t kMaxRules = 1000;
constexpr int64_t kSmall = 128 << 10;
// In the order in which objects may be moved.
constexpr std::string_view kClasses[] = {"", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"};

int rank(std::string_view storage_class) {
  if (storage_class == "STANDARD" || storage_class == "REDUCED_REDUNDANCY") return 0;
  return int(std::find(std::begin(kClasses), std::end(kClasses), storage_class) - std::begin(kClasses));
}
bool transition_class(Str c) { return c && !c.empty() && rank(c) >= 1 && rank(c) < int(std::size(kClasses)); }

ApiError not_positive(std::string_view member, std::string_view action) {
  return invalid_argument(cat("'", member, "' for ", action, " action must be a positive integer"), member);
}
Result<void> check_date(Millis date) {
  if (date % kDay == 0) return {};
  return fail(invalid_argument("'Date' must be at midnight GMT", "Date", iso8601(date, true)));
}

bool has_tags(const svc::LifecycleRule& r) { return r.Filter && (r.Filter->Tag || (r.Filter->And && !r.Filter->And->Tags.empty())); }
bool has_size(const svc::LifecycleRule& r) {
  if (!r.Filter) return false;
  const auto* both = r.Filter->And.ptr;
  return r.Filter->ObjectSizeGreaterThan || r.Filter->ObjectSizeLessThan || (both && (both->ObjectSizeGreaterThan || both->ObjectSizeLessThan));
}
std::string_view prefix_of(const svc::LifecycleRule& r) {
  if (r.Prefix) return r.Prefix.view();
  if (!r.Filter) return {};
  return r.Filter->And ? r.Filter->And->Prefix.view() : r.Filter->Prefix.view();
}

Result<void> check_filter(const svc::LifecycleRule& r) {
  if (bool(r.Filter) == bool(r.Prefix)) return fail(malformed_xml());
  if (!r.Filter) return {};
  const auto& f = *r.Filter;
  if (int(bool(f.Prefix)) + int(bool(f.Tag)) + int(bool(f.ObjectSizeGreaterThan)) + int(bool(f.ObjectSizeLessThan)) + int(bool(f.And)) > 1) return fail(malformed_xml());
  if (f.Tag && (!f.Tag->Key || !f.Tag->Value)) return fail(malformed_xml());
  if (!f.And) return {};
  const auto& both = *f.And;
  size_t parts = size_t(bool(both.Prefix)) + both.Tags.size() + size_t(bool(both.ObjectSizeGreaterThan)) + size_t(bool(both.ObjectSizeLessThan));
  if (parts < 2) return fail(malformed_xml());
  std::set<std::string_view> keys;
  for (const auto& t : both.Tags) {
    if (!t.Key || !t.Value) return fail(malformed_xml());
    if (!keys.insert(t.Key.view()).second) return fail(invalid_request("Duplicate Tag Keys are not allowed."));
  }
  if (both.ObjectSizeGreaterThan && both.ObjectSizeLessThan && *both.ObjectSizeGreaterThan >= *both.ObjectSizeLessThan)
    return fail(invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."));
  return {};
}

Result<void> check_expiration(const svc::LifecycleRule& r) {
  if (!r.Expiration) return {};
  const auto& e = *r.Expiration;
  if (int(bool(e.Days)) + int(bool(e.Date)) + int(bool(e.ExpiredObjectDeleteMarker)) != 1) return fail(malformed_xml());
  if (e.Days && *e.Days <= 0) return fail(not_positive("Days", "Expiration"));
  if (e.Date) FB_TRY(check_date(*e.Date));
  if (e.ExpiredObjectDeleteMarker && has_tags(r)) return fail(invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
  return {};
}

Result<void> check_transitions(const svc::LifecycleRule& r) {
  const auto* e = r.Expiration.ptr;
  std::set<std::string_view> seen;
  for (const auto& t : r.Transitions) {
    if (bool(t.Days) == bool(t.Date) || !transition_class(t.StorageClass)) return fail(malformed_xml());
    if (t.Date) FB_TRY(check_date(*t.Date));
    if (t.Days && *t.Days < 0) return fail(invalid_argument("'Days' in Transition action must be nonnegative", "Days"));
    bool infrequent = t.StorageClass == "STANDARD_IA" || t.StorageClass == "ONEZONE_IA";
    if (t.Days && infrequent && *t.Days < 30)
      return fail(invalid_argument(cat("'Days' in Transition action must be greater than or equal to 30 for storageClass '", t.StorageClass.view(), "'"), "Days"));
    if (!seen.insert(t.StorageClass.view()).second)
      return fail(invalid_request(cat("Found two transitions with the same storageClass '", t.StorageClass.view(), "' in lifecycle rule for filter '(prefix=", prefix_of(r), ")'")));
    if (e && ((t.Days && e->Date) || (t.Date && e->Days))) {
      return fail(invalid_request(cat("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=", prefix_of(r), ")'")));
    }
    if (e && t.Days && e->Days && *e->Days <= *t.Days)
      return fail(invalid_argument(cat("'Days' in the Expiration action for filter '(prefix=", prefix_of(r), ")' must be greater than 'Days' in the Transition action"), "Days"));
    if (e && t.Date && e->Date && *e->Date <= *t.Date)
      return fail(invalid_argument(cat("'Date' in the Expiration action for filter '(prefix=", prefix_of(r), ")' must be later than 'Date' in the Transition action"), "Date"));
  }
  return {};
}

Result<void> check_newer(Opt<int32_t> newer, std::string_view action) {
  if (newer && (*newer < 1 || *newer > 100))
    return fail(invalid_argument(cat("'NewerNoncurrentVersions' for ", action, " action must be between 1 and 100"), "NewerNoncurrentVersions"));
  return {};
}

Result<void> check_noncurrent(const svc::LifecycleRule& r) {
  if (r.NoncurrentVersionExpiration) {
    const auto& n = *r.NoncurrentVersionExpiration;
    if (!n.NoncurrentDays) return fail(malformed_xml());
    if (*n.NoncurrentDays <= 0) return fail(not_positive("NoncurrentDays", "NoncurrentVersionExpiration"));
    FB_TRY(check_newer(n.NewerNoncurrentVersions, "NoncurrentVersionExpiration"));
  }
  for (const auto& t : r.NoncurrentVersionTransitions) {
    if (!t.NoncurrentDays || !transition_class(t.StorageClass)) return fail(malformed_xml());
    if (*t.NoncurrentDays < 0) return fail(invalid_argument("'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative", "NoncurrentDays"));
    bool infrequent = t.StorageClass == "STANDARD_IA" || t.StorageClass == "ONEZONE_IA";
    if (infrequent && *t.NoncurrentDays < 30) {
      return fail(invalid_argument(cat("'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for storageClass '",
                                       t.StorageClass.view(), "'"), "NoncurrentDays"));
    }
    FB_TRY(check_newer(t.NewerNoncurrentVersions, "NoncurrentVersionTransition"));
  }
  return {};
}

Result<void> check_abort(const svc::LifecycleRule& r) {
  if (!r.AbortIncompleteMultipartUpload) return {};
  const auto& a = *r.AbortIncompleteMultipartUpload;
  if (!a.DaysAfterInitiation) return fail(malformed_xml());
  if (*a.DaysAfterInitiation <= 0) return fail(not_positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload"));
  if (has_tags(r)) return fail(invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags."));
  if (has_size(r)) return fail(invalid_request("AbortIncompleteMultipartUpload cannot be specified with ObjectSize."));
  return {};
}

Result<void> check_rule(const svc::LifecycleRule& r) {
  if (r.ID.view().size() > 255) return fail(invalid_argument("ID length should not exceed allowed limit of 255", "ID", r.ID));
  if (!(r.Status == "Enabled") && !(r.Status == "Disabled")) return fail(malformed_xml());
  FB_TRY(check_filter(r));
  FB_TRY(check_expiration(r));
  FB_TRY(check_transitions(r));
  FB_TRY(check_noncurrent(r));
  FB_TRY(check_abort(r));
  if (!r.Expiration && r.Transitions.empty() && !r.NoncurrentVersionExpiration && r.NoncurrentVersionTransitions.empty() && !r.AbortIncompleteMultipartUpload)
    return fail(invalid_request("At least one action needs to be specified in a rule"));
  return {};
}

/// May an object of this size be moved to that class?
bool size_moves(const svc::LifecycleRule& rule, bool any_size, std::string_view to, int64_t size) {
  if (size >= kSmall || has_size(rule)) return true;
  return any_size && (to == "GLACIER" || to == "DEEP_ARCHIVE");
}

RuleSubject subject_of(std::string_view key, const Object& object) { return {key, object.size, &object.attributes.tags}; }

}  // namespace

Result<void> check_lifecycle(svc::BucketLifecycleConfiguration& lifecycle, Arena& arena, Random& random) {
  if (lifecycle.Rules.empty() || lifecycle.Rules.size() > kMaxRules) return fail(malformed_xml());
  std::set<std::string_view> ids;
  bool filters = false, prefixes = false;
  for (auto& rule : lifecycle.Rules) {
    FB_TRY(check_rule(rule));
    (rule.Filter ? filters : prefixes) = true;
    if (!rule.ID || rule.ID.empty()) rule.ID = Str(arena.copy(base64(random.bytes(36))));
    if (!ids.insert(rule.ID.view()).second)
      return fail(invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", rule.ID));
  }
  if (filters && prefixes) return fail(invalid_request("Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."));
  return {};
}

Result<std::string> read_transition_minimum(Str header) {
  if (!header) return std::string(kAllClasses128K);
  if (header == kAllClasses128K || header == "varies_by_storage_class") return std::string(header.view());
  return fail(invalid_request(cat("Invalid TransitionDefaultMinimumObjectSize found: ", header.view())));
}

Millis midnight_after(Millis t) { return (t / kDay + 1) * kDay; }
Millis due_after(Millis from, int64_t days) { return (from + days * kDay + kDay - 1) / kDay * kDay; }

bool rule_applies(const svc::LifecycleRule& rule, const RuleSubject& s) {
  if (!(rule.Status == "Enabled") || !s.key.starts_with(prefix_of(rule))) return false;
  if (!rule.Filter) return true;
  const auto& f = *rule.Filter;
  auto tagged = [&](const svc::Tag& t) {
    if (!s.tags) return false;
    auto it = s.tags->find(std::string(t.Key.view()));
    return it != s.tags->end() && it->second == t.Value.view();
  };
  auto sized = [&](Opt<int64_t> more, Opt<int64_t> less) { return (!more || s.size > *more) && (!less || s.size < *less); };
  if (f.Tag && !tagged(*f.Tag)) return false;
  if (!sized(f.ObjectSizeGreaterThan, f.ObjectSizeLessThan)) return false;
  if (!f.And) return true;
  for (const auto& t : f.And->Tags) if (!tagged(t)) return false;
  return sized(f.And->ObjectSizeGreaterThan, f.And->ObjectSizeLessThan);
}

std::optional<Expiry> expiry_of(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& object) {
  std::optional<Expiry> out;
  for (const auto& rule : lifecycle.Rules) {
    if (!rule.Expiration || (!rule.Expiration->Days && !rule.Expiration->Date) || !rule_applies(rule, subject_of(key, object))) continue;
    Millis at = rule.Expiration->Days ? due_after(object.modified, *rule.Expiration->Days) : *rule.Expiration->Date;
    if (!out || at < out->at) out = Expiry{at, std::string(rule.ID.view())};
  }
  return out;
}

std::string expiration_header(const Expiry& e) { return cat("expiry-date=\"", http_date(e.at), "\", rule-id=\"", percent_encode(e.rule), "\""); }

std::optional<std::string> transition_of(const svc::BucketLifecycleConfiguration& lifecycle, bool any_size, std::string_view key, const Object& object, Millis now) {
  int best = rank(object.storage_class), from = best;
  for (const auto& rule : lifecycle.Rules) {
    if (rule.Transitions.empty() || !rule_applies(rule, subject_of(key, object))) continue;
    for (const auto& t : rule.Transitions) {
      Millis at = t.Days ? due_after(object.modified, *t.Days) : *t.Date;
      if (at <= now && size_moves(rule, any_size, t.StorageClass, object.size)) best = std::max(best, rank(t.StorageClass));
    }
  }
  if (best == from) return std::nullopt;
  return std::string(kClasses[best]);
}

std::optional<std::string> noncurrent_transition_of(const svc::BucketLifecycleConfiguration& lifecycle, bool any_size, std::string_view key, const Object& object,
                                                    const NoncurrentState& state, Millis now) {
  if (object.marker) return std::nullopt;
  int best = rank(object.storage_class), from = best;
  for (const auto& rule : lifecycle.Rules) {
    if (rule.NoncurrentVersionTransitions.empty() || !rule_applies(rule, subject_of(key, object))) continue;
    for (const auto& t : rule.NoncurrentVersionTransitions) {
      bool due = due_after(state.since, *t.NoncurrentDays) <= now && state.newer >= t.NewerNoncurrentVersions.value_or(0);
      if (due && size_moves(rule, any_size, t.StorageClass, object.size)) best = std::max(best, rank(t.StorageClass));
    }
  }
  if (best == from) return std::nullopt;
  return std::string(kClasses[best]);
}

bool noncurrent_expired(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& object, const NoncurrentState& state, Millis now) {
  for (const auto& rule : lifecycle.Rules) {
    if (!rule.NoncurrentVersionExpiration || !rule_applies(rule, subject_of(key, object))) continue;
    const auto& n = *rule.NoncurrentVersionExpiration;
    if (due_after(state.since, *n.NoncurrentDays) <= now && state.newer >= n.NewerNoncurrentVersions.value_or(0)) return true;
  }
  return false;
}

bool marker_expired(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, const Object& marker, Millis now) {
  for (const auto& rule : lifecycle.Rules) {
    if (!rule.Expiration || has_tags(rule) || !rule_applies(rule, {key, 0, nullptr})) continue;
    const auto& e = *rule.Expiration;
    if (e.ExpiredObjectDeleteMarker.value_or(false)) return true;
    if (e.Days && due_after(marker.modified, *e.Days) <= now) return true;
  }
  return false;
}

std::optional<Expiry> abort_of(const svc::BucketLifecycleConfiguration& lifecycle, std::string_view key, Millis initiated) {
  std::optional<Expiry> out;
  for (const auto& rule : lifecycle.Rules) {
    if (!rule.AbortIncompleteMultipartUpload || !rule_applies(rule, {key, 0, nullptr})) continue;
    Millis at = due_after(initiated, *rule.AbortIncompleteMultipartUpload->DaysAfterInitiation);
    if (!out || at < out->at) out = Expiry{at, std::string(rule.ID.view())};
  }
  return out;
}

}  // namespace fogbank::s3
