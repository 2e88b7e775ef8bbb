#include "services/lambda/state.h"

namespace fogbank::lambda {

store::Key function_key(const Scope& s, std::string_view name) { return store::key(s, kFunctions, name); }
store::Key version_key(const Scope& s, std::string_view name, int64_t number) { return store::key(s, kVersions, name, uint64_t(number)); }
store::Key versions_prefix(const Scope& s, std::string_view name) { return store::key(s, kVersions, name); }
store::Key alias_key(const Scope& s, std::string_view name, std::string_view alias) { return store::key(s, kAliases, name, alias); }
store::Key policy_key(const Scope& s, std::string_view name, std::string_view qualifier) { return store::key(s, kPolicies, name, qualifier); }
store::Key invoke_config_key(const Scope& s, std::string_view name, std::string_view q) { return store::key(s, kInvokeConfigs, name, q); }
store::Key provisioned_key(const Scope& s, std::string_view name, std::string_view q) { return store::key(s, kProvisioned, name, q); }
store::Key provisioned_index_key(const Scope& s, std::string_view name, std::string_view q) {
  return store::key(s.whole_partition(), kProvisionedIndex, s.account.str(), s.region.str(), name, q);
}
store::Key url_key(const Scope& s, std::string_view name, std::string_view q) { return store::key(s, kUrls, name, q); }
store::Key url_id_key(const Scope& s, std::string_view id) { return store::key(s.whole_partition(), kUrlIds, id); }
store::Key layer_key(const Scope& s, std::string_view name) { return store::key(s, kLayers, name); }
store::Key layer_version_key(const Scope& s, std::string_view name, int64_t n) { return store::key(s, kLayerVersions, name, uint64_t(n)); }
store::Key layer_policy_key(const Scope& s, std::string_view name, int64_t n) { return store::key(s, kLayerPolicies, name, uint64_t(n)); }
store::Key code_key(const Scope& s, std::string_view sha) { return store::key(s.global(), kCode, sha); }
store::Key usage_key(const Scope& s) { return store::key(s, kUsage); }

Usage usage_of(store::Reader& reader, const Scope& scope) { return reader.get_as<Usage>(usage_key(scope)).value_or(Usage{}); }

}  // namespace fogbank::lambda
