// What Lambda keeps. Function, version and so on are of the function's account and Region:
//
//   function   (name)                 Function: what belongs to all versions
//   version    (name, number)         Version: code and configuration; number 0 is $LATEST, others never change but for their state
//   alias      (name, alias)          Alias
//   policy     (name, qualifier)      ResourcePolicy; qualifier "" for the function itself                      authority
//   invokeconf (name, qualifier)      EventInvokeConfig; qualifier "$LATEST" for the function itself
//   provision  (name, qualifier)      ProvisionedConcurrency
//   provindex  (account, Region, name, qualifier)   ProvisionedPlace; of the whole partition, so that a starting server finds all
//   url        (name, qualifier)      FunctionUrl; qualifier "" for the function itself
//   urlid      (url id)               UrlOwner; of the whole partition
//   layer      (name)                 Layer: the last number given
//   layerv     (name, number)         LayerVersion
//   layerpol   (name, number)         ResourcePolicy                                                          authority
//   code       (SHA-256, hex)         Code: a package; of the account, all Regions. Counted: goes with its last user
//   mapping    (uuid)                 Mapping (mappings.h)
//   usage      ()                     Usage: what the account uses in the Region
//
// A function's id is a number that is never used again, so that tasks of a deleted function find that it is gone although its name is used
// again. Everything is in the store; unpacked packages are files that can be made again from the blobs.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::lambda {

inline constexpr store::Table kFunctions{"lambda", "function"};
inline constexpr store::Table kVersions{"lambda", "version"};
inline constexpr store::Table kAliases{"lambda", "alias"};
inline constexpr store::Table kPolicies{"lambda", "policy", true};
inline constexpr store::Table kInvokeConfigs{"lambda", "invokeconf"};
inline constexpr store::Table kProvisioned{"lambda", "provision"};
inline constexpr store::Table kProvisionedIndex{"lambda", "provindex"};
inline constexpr store::Table kUrls{"lambda", "url"};
inline constexpr store::Table kUrlIds{"lambda", "urlid"};
inline constexpr store::Table kLayers{"lambda", "layer"};
inline constexpr store::Table kLayerVersions{"lambda", "layerv"};
inline constexpr store::Table kLayerPolicies{"lambda", "layerpol", true};
inline constexpr store::Table kCode{"lambda", "code"};
inline constexpr store::Table kUsage{"lambda", "usage"};

inline constexpr std::string_view kLatest = "$LATEST";

using Tags = std::map<std::string, std::string>;

struct Function {
  uint64_t id = 0;
  std::string name;
  Millis created = 0;
  int64_t last_version = 0;                ///< number of the newest published version; numbers are not used again
  Tags tags;
  std::optional<int64_t> reserved;         ///< reserved concurrency
  bool recursion_allowed = false;          ///< RecursiveLoop: Allow
  std::string runtime_update = "Auto";     ///< UpdateRuntimeOn of $LATEST
  std::string runtime_pinned;              ///< RuntimeVersionArn given with it
  std::map<std::string, int64_t> provisioned;   ///< provisioned concurrency by version, wherever it was configured: what invocations are counted by
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, created); a(4, last_version); a(5, tags); a(6, reserved); a(7, recursion_allowed); a(8, runtime_update);
    a(9, runtime_pinned); a(10, provisioned); a(unknown);
  }
};

enum class FunctionState : uint8_t { pending, active, inactive, failed };
enum class UpdateStatus : uint8_t { none, in_progress, successful, failed };

/// A layer as a version of a function uses it: what it was when the function was configured, whatever becomes of it.
struct UsedLayer {
  std::string arn;                         ///< of the layer version
  std::string code;                        ///< SHA-256 of its package, hex
  std::string account;                     ///< in which that package is
  int64_t size = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, arn); a(2, code); a(3, account); a(4, size); a(unknown); }
};

struct LogSettings {
  std::string format = "Text", application_level, system_level, group;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, format); a(2, application_level); a(3, system_level); a(4, group); a(unknown); }
};

struct Version {
  uint64_t function_id = 0;
  int64_t number = 0;                      ///< 0: $LATEST
  std::string runtime, role, handler, description;
  int64_t timeout = 3, memory = 128, ephemeral = 512;
  std::string architecture = "x86_64";
  bool has_environment = false;
  std::map<std::string, std::string> environment;
  std::string dead_letter_arn;
  std::string tracing = "PassThrough";
  std::vector<UsedLayer> layers;
  LogSettings logging;
  std::string code;                        ///< SHA-256 of the package, hex
  int64_t code_size = 0;
  std::string revision;
  Millis modified = 0;
  int64_t change = 0;                      ///< counts changes of code and configuration: environments of an older one are not used
  FunctionState state = FunctionState::pending;
  std::string state_reason, state_reason_code;
  bool has_vpc = false;                    ///< VpcConfig was given, without subnets
  UpdateStatus update = UpdateStatus::none;
  std::string update_reason, update_reason_code;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, function_id); a(2, number); a(3, runtime); a(4, role); a(5, handler); a(6, description); a(7, timeout); a(8, memory);
    a(9, ephemeral); a(10, architecture); a(11, has_environment); a(12, environment); a(13, dead_letter_arn); a(14, tracing); a(15, layers);
    a(16, logging); a(17, code); a(18, code_size); a(19, revision); a(20, modified); a(21, change); a(22, state); a(23, state_reason);
    a(24, state_reason_code); a(25, update); a(26, update_reason); a(27, update_reason_code); a(28, has_vpc); a(unknown);
  }
  std::string shown_number() const { return number ? std::to_string(number) : std::string(kLatest); }
};
using VersionPtr = std::shared_ptr<const Version>;
using FunctionPtr = std::shared_ptr<const Function>;

struct Alias {
  std::string name, description;
  int64_t version = 0;                     ///< 0: $LATEST
  std::map<std::string, double> weights;   ///< further versions, by number
  std::string revision;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, description); a(3, version); a(4, weights); a(5, revision); a(unknown); }
};
using AliasPtr = std::shared_ptr<const Alias>;

/// A resource policy as statements in the order of their adding.
struct ResourcePolicy {
  struct Statement {
    std::string sid, json;
    Unknown unknown;
    template <class A> void fields(A& a) { a(1, sid); a(2, json); a(unknown); }
  };
  std::vector<Statement> statements;
  std::string revision;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, statements); a(2, revision); a(unknown); }
};

struct EventInvokeConfig {
  std::optional<int64_t> max_age, max_retries;     ///< seconds; attempts after the first
  bool has_destinations = false;
  std::string on_success, on_failure;              ///< ARNs, or nothing
  Millis modified = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, max_age); a(2, max_retries); a(3, has_destinations); a(4, on_success); a(5, on_failure); a(6, modified); a(unknown);
  }
};

struct ProvisionedConcurrency {
  int64_t requested = 0, allocated = 0, available = 0;
  std::string status = "IN_PROGRESS", reason;
  Millis modified = 0;
  uint64_t nonce = 0;                              ///< of the newest Put: tasks of an older one do nothing
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, requested); a(2, allocated); a(3, available); a(4, status); a(5, reason); a(6, modified); a(7, nonce); a(unknown);
  }
};

struct ProvisionedPlace {
  std::string account, region, function, qualifier;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(2, region); a(3, function); a(4, qualifier); a(unknown); }
};

struct Cors {
  bool allow_credentials = false, has_credentials = false;
  std::vector<std::string> allow_headers, allow_methods, allow_origins, expose_headers;
  std::optional<int64_t> max_age;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, allow_credentials); a(2, has_credentials); a(3, allow_headers); a(4, allow_methods); a(5, allow_origins); a(6, expose_headers); a(7, max_age); a(unknown);
  }
};

struct FunctionUrl {
  std::string id;                                  ///< first label of its host name
  std::string auth_type;                           ///< NONE, AWS_IAM
  std::string invoke_mode;                         ///< empty: BUFFERED, and never said
  std::optional<Cors> cors;
  Millis created = 0, modified = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, auth_type); a(3, invoke_mode); a(4, cors); a(5, created); a(6, modified); a(unknown); }
};

struct UrlOwner {
  std::string account, region, function, qualifier;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(2, region); a(3, function); a(4, qualifier); a(unknown); }
};

struct Layer {
  int64_t last = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, last); a(unknown); }
};

struct LayerVersion {
  int64_t number = 0;
  std::string description, license;
  std::vector<std::string> runtimes, architectures;
  bool has_description = false, has_license = false, has_runtimes = false, has_architectures = false;
  std::string code;                                ///< SHA-256 of the package, hex
  int64_t size = 0;
  Millis created = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, number); a(2, description); a(3, license); a(4, runtimes); a(5, architectures); a(6, has_description); a(7, has_license);
    a(8, has_runtimes); a(9, has_architectures); a(10, code); a(11, size); a(12, created); a(unknown);
  }
};

/// A package.
struct Code {
  store::BlobRef blob;
  int64_t size = 0, unpacked = 0;
  int64_t users = 0;                               ///< versions of functions and layers
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, blob); a(2, size); a(3, unpacked); a(4, users); a(unknown); }
};

struct Usage {
  int64_t functions = 0, code_bytes = 0;
  int64_t reserved = 0;                            ///< sum of reserved concurrency
  int64_t provisioned = 0;                         ///< sum of provisioned concurrency of functions without reserved
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, functions); a(2, code_bytes); a(3, reserved); a(4, provisioned); a(unknown); }
};

inline constexpr int64_t kAccountConcurrency = 1000, kMinUnreserved = 100;
inline constexpr int64_t kMaxZipped = 52428800, kMaxUnzipped = 262144000;
inline constexpr int64_t kTotalCode = 80530636800;

store::Key function_key(const Scope& scope, std::string_view name);
store::Key version_key(const Scope& scope, std::string_view name, int64_t number);
store::Key versions_prefix(const Scope& scope, std::string_view name);
store::Key alias_key(const Scope& scope, std::string_view name, std::string_view alias);
store::Key policy_key(const Scope& scope, std::string_view name, std::string_view qualifier);
store::Key invoke_config_key(const Scope& scope, std::string_view name, std::string_view qualifier);
store::Key provisioned_key(const Scope& scope, std::string_view name, std::string_view qualifier);
store::Key provisioned_index_key(const Scope& scope, std::string_view name, std::string_view qualifier);
store::Key url_key(const Scope& scope, std::string_view name, std::string_view qualifier);
store::Key url_id_key(const Scope& scope, std::string_view id);
store::Key layer_key(const Scope& scope, std::string_view name);
store::Key layer_version_key(const Scope& scope, std::string_view name, int64_t number);
store::Key layer_policy_key(const Scope& scope, std::string_view name, int64_t number);
store::Key code_key(const Scope& scope, std::string_view sha256_hex);   ///< of the scope's account
store::Key usage_key(const Scope& scope);

Usage usage_of(store::Reader& reader, const Scope& scope);

}  // namespace fogbank::lambda
