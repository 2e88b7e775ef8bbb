#include "services/sns/state.h"

namespace fogbank::sns {

store::Key topic_key(const Scope& scope, std::string_view name) { return store::key(scope, kTopics, name); }
store::Key policy_key(const Scope& scope, std::string_view name) { return store::key(scope, kPolicies, name); }
store::Key subscription_key(const Scope& scope, std::string_view topic, std::string_view id) { return store::key(scope, kSubscriptions, topic, id); }
store::Key endpoint_key(const Scope& scope, std::string_view topic, std::string_view protocol, std::string_view endpoint) {
  return store::key(scope, kEndpoints, topic, protocol, endpoint);
}
// Who owns a subscription lists it without knowing the topic's account, which is part of the key.
store::Key owned_key(const Scope& scope, std::string_view owner, std::string_view topic, std::string_view id) {
  Scope of_owner{scope.partition, AccountId(owner), scope.region};
  return store::key(of_owner, kOwned, std::string_view(scope.account), topic, id);
}
store::Key token_key(const Scope& scope, std::string_view token) { return store::key(scope, kTokens, token); }
store::Key revision_key(const Scope& scope, std::string_view topic) { return store::key(scope, kRevisions, topic); }
store::Key seen_key(const Scope& scope, uint64_t topic_id, std::string_view group, std::string_view deduplication_id) {
  return store::key(scope, kSeen, topic_id, group, deduplication_id);
}

}  // namespace fogbank::sns
