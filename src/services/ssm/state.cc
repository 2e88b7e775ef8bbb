#include "services/ssm/state.h"

#include "services/ssm/names.h"

namespace fogbank::ssm {

store::Key parameter_key(const Scope& scope, std::string_view place) { return store::key(scope, kParameters, place); }
store::Key version_key(const Scope& scope, std::string_view place, uint64_t version) { return store::key(scope, kVersions, place, version); }
store::Key counts_key(const Scope& scope) { return store::key(scope, kCounts); }

std::optional<Parameter> find_parameter(store::Reader& reader, const Scope& scope, std::string_view place) {
  return reader.get_as<Parameter>(parameter_key(scope, place));
}

std::optional<Version> find_version(store::Reader& reader, const Scope& scope, const Parameter& parameter, uint64_t number) {
  if (number == parameter.current.number) return parameter.current;
  return reader.get_as<Version>(version_key(scope, place_of(parameter.name), number));
}

void count(store::Txn& tx, const Scope& scope, Tier tier, int by) {
  Counts counts = tx.get_as<Counts>(counts_key(scope)).value_or(Counts());
  (tier == Tier::standard ? counts.standard : counts.advanced) += by;
  // Nothing is left of an account without parameters.
  if (counts.standard == 0 && counts.advanced == 0) tx.erase(counts_key(scope));
  else tx.put_record(counts_key(scope), counts);
}

void erase_parameter(store::Txn& tx, const Scope& scope, const Parameter& parameter) {
  std::string_view place = place_of(parameter.name);
  for (uint64_t v = parameter.oldest; v < parameter.current.number; v++) tx.erase(version_key(scope, place, v));
  if (parameter.expiry_task) tx.cancel(parameter.expiry_task);
  tx.erase(parameter_key(scope, place));
  count(tx, scope, parameter.current.tier, -1);
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::string: return "String";
    case Type::string_list: return "StringList";
    case Type::secure_string: break;
  }
  return "SecureString";
}

std::string_view name_of(Tier tier) { return tier == Tier::standard ? "Standard" : "Advanced"; }

std::optional<Type> read_type(std::string_view text) {
  for (Type t : {Type::string, Type::string_list, Type::secure_string}) if (name_of(t) == text) return t;
  return std::nullopt;
}

}  // namespace fogbank::ssm
