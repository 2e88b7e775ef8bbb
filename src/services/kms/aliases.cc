#include "services/kms/aliases.h"

#include <algorithm>

#include "base/strings.h"
#include "services/kms/errors.h"

namespace fogbank::kms {

Result<void> check_alias_name(std::string_view alias) {
  if (!alias.starts_with("alias/"))
    return fail(validation("Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"));
  if (alias.starts_with("alias/aws/")) return fail("NotAuthorizedException", "");
  if (alias.find(':') != std::string_view::npos) return fail(validation(cat(alias, " contains invalid characters for an alias")));
  if (alias == "alias/") return fail("InvalidAliasNameException", cat("Invalid alias name '", alias, "'"));
  return {};
}

void add_alias(Key& key, std::string_view alias) {
  auto at = std::lower_bound(key.aliases.begin(), key.aliases.end(), alias);
  if (at == key.aliases.end() || *at != alias) key.aliases.emplace(at, alias);
}

void remove_alias(Key& key, std::string_view alias) { std::erase(key.aliases, alias); }

}  // namespace fogbank::kms
