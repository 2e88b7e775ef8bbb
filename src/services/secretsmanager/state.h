// What Secrets Manager keeps, all in the account and Region of the secret:
//
//   secret    (name)               StoredSecret: settings, tags, and which version has which staging label
//   policy    (name)               ResourcePolicy: apart, so that only a change of a policy makes decisions stale
//   version   (name, version id)   Version: what lists show of a version
//   value     (name, version id)   Value: the encrypted value of the version
//
// Invariants: a version has one row in both tables; every label leads to a version that exists, but for AWSPENDING of a rotation whose function
// has not made it yet; at most kKeptDeprecated versions have no
// label. A secret that is deleted goes with everything of it. A value is stored only encrypted, under a data key of the secret's KMS key.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::secretsmanager {

inline constexpr store::Table kSecrets{"secretsmanager", "secret"};
inline constexpr store::Table kPolicies{"secretsmanager", "policy", true};
inline constexpr store::Table kVersions{"secretsmanager", "version"};
inline constexpr store::Table kValues{"secretsmanager", "value"};

inline constexpr size_t kValueBytes = 65536, kTagsPerSecret = 50, kLabelsPerSecret = 20, kKeptDeprecated = 100;
inline constexpr size_t kSuffixLength = 6;
inline constexpr Millis kDay = 86'400'000;

inline constexpr std::string_view kCurrent = "AWSCURRENT", kPrevious = "AWSPREVIOUS", kPending = "AWSPENDING";

/// How a secret is rotated. Kept when rotation is cancelled, for the next RotateSecret that names nothing.
struct RotationSettings {
  bool enabled = false;
  std::string function;                        ///< ARN of the Lambda function
  int64_t days = 0;                            ///< AutomaticallyAfterDays; or
  std::string schedule;                        ///< ScheduleExpression
  std::string duration;                        ///< "3h"
  Millis last = 0, next = 0;                   ///< LastRotatedDate, NextRotationDate; 0: none
  uint64_t timer = 0, work = 0;                ///< tasks: the next rotation; the one under way
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, enabled); a(2, function); a(3, days); a(4, schedule); a(5, duration); a(6, last); a(7, next); a(8, timer); a(9, work); a(unknown);
  }
};

struct StoredSecret {
  std::string name, suffix;                    ///< its ARN ends in "secret:<name>-<suffix>"
  std::string description;
  std::string kms_key;                         ///< as its user named it; empty: alias/aws/secretsmanager
  Millis created = 0, changed = 0;
  Millis accessed = 0;                         ///< the day of the newest read; 0: never read
  Millis deletion_at = 0;                      ///< 0: not marked for deletion
  uint64_t deletion_task = 0;
  bool tagged = false;                         ///< it has or had tags: an empty list is then shown
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> stages;   ///< staging label -> version id
  int64_t versions = 0;                        ///< rows in kVersions
  int64_t made = 0;                            ///< versions ever made
  RotationSettings rotation;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, name); a(2, suffix); a(3, description); a(4, kms_key); a(5, created); a(6, changed); a(7, accessed); a(8, deletion_at);
    a(9, deletion_task); a(10, tagged); a(11, tags); a(12, stages); a(13, versions); a(14, made);
    a(15, rotation); a(unknown);
  }
};
using SecretPtr = std::shared_ptr<const StoredSecret>;

struct Version {
  std::string id;
  int64_t number = 0;                  ///< 1, 2 … in the order in which the secret's versions were made
  Millis created = 0, accessed = 0;
  std::vector<std::string> kms_keys;   ///< of the copies of its value, oldest first
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, number); a(3, created); a(4, accessed); a(5, kms_keys); a(unknown); }
};

/// The value under one KMS key. After a change of the secret's key a version has a copy under the old and one under the new one.
struct Copy {
  std::string kms_key;     ///< as in StoredSecret
  std::string data_key;    ///< encrypted by the KMS key
  std::string sealed;      ///< the value, encrypted by the data key
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, kms_key); a(2, data_key); a(3, sealed); a(unknown); }
};

struct Value {
  bool binary = false;
  std::vector<Copy> copies;   ///< oldest first, at most kCopies
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, binary); a(2, copies); a(unknown); }
};
inline constexpr size_t kCopies = 3;

struct ResourcePolicy {
  std::string json;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(unknown); }
};

store::Key secret_key(const Scope& scope, std::string_view name);
store::Key policy_key(const Scope& scope, std::string_view name);
store::Key version_key(const Scope& scope, std::string_view name, std::string_view id);
store::Key value_key(const Scope& scope, std::string_view name, std::string_view id);

/// `full_name`: the name with its suffix, or what stands for it.
std::string secret_arn(const Scope& scope, std::string_view full_name);
std::string secret_arn(const Scope& scope, const StoredSecret& secret);

/// The versions of a secret in the order in which they were made.
std::vector<Version> versions_of(store::Reader& reader, const Scope& scope, std::string_view name);

}  // namespace fogbank::secretsmanager
