// Pages of an account's secrets, filtered and sorted: for ListSecrets and BatchGetSecretValue. A token names the last secret of a page by its
// place in the order, so that changes in between neither repeat nor lose others. Reads through the caller's reader.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gen/secretsmanager/types.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

struct PageQuery {
  const List<svc::Filter>* filters;
  Str next_token;
  Str sort_by, sort_order;     ///< as the API names them; absent: created-date, asc
  size_t limit;
  bool planned_deletion;       ///< also secrets marked for deletion
};
struct SecretPage {
  std::vector<StoredSecret> secrets;
  std::string next_token;      ///< empty: the last page
};
Result<SecretPage> list_page(store::Reader& reader, const Scope& scope, const PageQuery& query);

inline constexpr int32_t kPageSize = 100, kBatchSize = 20;

/// What the authorise function of BatchGetSecretValue found, for the handler.
struct Batch {
  std::vector<std::string> ids;
  std::map<size_t, ApiError> bad_names;    ///< entries that cannot name a secret
  std::optional<ApiError> refused;
  std::string next_token;
};

}  // namespace fogbank::secretsmanager
