// Filters of ListSecrets and BatchGetSecretValue. Source: API reference, "Filter"; user guide, "Find secrets". Pure functions.
#pragma once
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gen/secretsmanager/types.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// The words of a text: parts between spaces and signs, and parts that begin with a capital.
std::vector<std::string_view> words_of(std::string_view text);

Result<void> check_filters(const List<svc::Filter>& filters);
/// All filters let the secret through; of a filter's values one suffices, and one that begins with '!' stands for its opposite.
bool matches(const StoredSecret& secret, const List<svc::Filter>& filters);

}  // namespace fogbank::secretsmanager
