// What Parameter Store keeps: parameters with their current version, older versions, and how many there are. Records live in the store and
// survive a crash once their batch is committed; the functions here hold nothing, so any thread may call them.
//
// A parameter's place is its name without the slash at the beginning: "/x" and "x" are the same parameter, whatever it was created as.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::ssm {

inline constexpr store::Table kParameters{"ssm", "parameters"};   ///< place → Parameter
inline constexpr store::Table kVersions{"ssm", "versions"};       ///< place, version → Version, all but the current one
inline constexpr store::Table kCounts{"ssm", "counts"};           ///< Counts of the account and Region

inline constexpr size_t kVersionsKept = 100;
inline constexpr int64_t kStandardLimit = 10000, kAdvancedLimit = 100000;

enum class Type : uint8_t { string, string_list, secure_string };
enum class Tier : uint8_t { standard, advanced };

struct Version {
  uint64_t number = 1;
  Type type = Type::string;
  Tier tier = Tier::standard;
  std::string value;             ///< secure_string: ciphertext only
  std::string data_key;          ///< secure_string of the advanced tier: the key that sealed `value`, encrypted by KMS
  std::string key_id;            ///< secure_string: the KMS key as it was named
  std::string description, allowed_pattern;
  std::string data_type = "text";
  std::vector<std::string> policies;   ///< JSON of each
  Millis modified = 0;
  std::string modified_by;       ///< ARN
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, number); a(2, type); a(3, tier); a(4, value); a(5, data_key); a(6, key_id); a(7, description); a(8, allowed_pattern);
    a(9, data_type); a(10, policies); a(11, modified); a(12, modified_by); a(unknown);
  }
};

struct Parameter {
  std::string name;              ///< as created
  Version current;
  uint64_t oldest = 1;           ///< version
  std::map<std::string, uint64_t> labels;   ///< to versions
  std::map<std::string, std::string> tags;
  Millis expires = 0;            ///< by its Expiration policy; 0: never
  uint64_t expiry_task = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, name); a(2, current); a(3, oldest); a(4, labels); a(5, tags); a(6, expires); a(7, expiry_task); a(unknown);
  }
};

struct Counts {
  int64_t standard = 0, advanced = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, standard); a(2, advanced); a(unknown); }
};

/// The payload of ssm.expire_parameter.
struct Expiry {
  std::string place;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, place); a(unknown); }
};

store::Key parameter_key(const Scope& scope, std::string_view place);
store::Key version_key(const Scope& scope, std::string_view place, uint64_t version);
store::Key counts_key(const Scope& scope);

std::optional<Parameter> find_parameter(store::Reader& reader, const Scope& scope, std::string_view place);
/// The current version or an older one; nothing if it is not kept.
std::optional<Version> find_version(store::Reader& reader, const Scope& scope, const Parameter& parameter, uint64_t number);
/// Changes the counts by this much.
void count(store::Txn& tx, const Scope& scope, Tier tier, int by);
/// Removes the parameter with everything of it.
void erase_parameter(store::Txn& tx, const Scope& scope, const Parameter& parameter);

std::string_view name_of(Type type);
std::string_view name_of(Tier tier);
std::optional<Type> read_type(std::string_view text);

}  // namespace fogbank::ssm
