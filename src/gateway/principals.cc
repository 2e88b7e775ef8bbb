#include "gateway/principals.h"

#include "auth/credentials.h"
#include "auth/principal.h"
#include "base/scope.h"

namespace fogbank {

bool principal_exists(Core& core, store::Reader& reader, std::string_view partition, std::string_view named, std::string* unique_id) {
  if (named == "*" || is_account_id(named)) return true;
  auto arn = parse_arn(named);
  if (!arn && (named.ends_with(".amazonaws.com") || named.ends_with(".amazonaws.com.cn"))) return true;
  if (arn && (!is_account_id(arn->account) || arn->partition != partition)) return false;
  if (arn && arn->service == "iam" && arn->resource == "root") return true;
  if (arn && arn->service == "sts" && arn->resource.starts_with("federated-user/")) return true;
  if (auto id = core.identity().find_entity(named, partition, reader)) {
    if (unique_id) *unique_id = *id;
    return true;
  }
  return arn && core.settings().development_credentials && named == auth::development_principal(arn->account).arn;
}

}  // namespace fogbank
