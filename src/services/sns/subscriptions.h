// Subscriptions within a transaction: their record, the indexes beside it, the counts of their topic, and the revision that tells caches of
// routes that something changed. Tokens that confirm them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "services/sns/names.h"
#include "services/sns/state.h"

namespace fogbank::sns {

std::optional<Subscription> find_subscription(store::Reader& reader, const SubscriptionAddress& address);
/// That of an endpoint, of this very topic.
std::optional<Subscription> find_by_endpoint(store::Reader& reader, const Scope& scope, const Topic& topic, std::string_view protocol, std::string_view endpoint);

/// Stores a new one with all that belongs to it.
void add_subscription(store::Txn& tx, const Scope& scope, const Subscription& s);
/// Stores a changed one. `was_pending`: before the change.
void change_subscription(store::Txn& tx, const Scope& scope, const Subscription& s, bool was_pending);
/// `count`: the topic counts it as deleted.
void erase_subscription(store::Txn& tx, const Scope& scope, const Subscription& s, bool count);

/// A token tells the Region of its topic, without which nobody could find it.
std::string make_token(std::string_view region, Random& random);
bool token_shape(std::string_view token);
bool token_of_region(std::string_view token, std::string_view region);

}  // namespace fogbank::sns
