#include "services/secretsmanager/resolve.h"

#include <algorithm>
#include <stdexcept>

#include "base/strings.h"
#include "gateway/core.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool of_names(char c) { return alphanumeric(c) || std::string_view("-/_+=.@!").find(c) != std::string_view::npos; }

/// Ends in a hyphen and six characters, as every full ARN does. A partial ARN of a secret whose own name ends so leads nowhere.
bool has_suffix(std::string_view full) {
  if (full.size() <= kSuffixLength + 1 || full[full.size() - kSuffixLength - 1] != '-') return false;
  std::string_view suffix = full.substr(full.size() - kSuffixLength);
  return std::all_of(suffix.begin(), suffix.end(), alphanumeric);
}

NamedSecret by_name(Core& core, store::Reader& reader, const Scope& scope, std::string_view given, std::string_view name) {
  NamedSecret out{scope, std::string(given), std::string(name), {}, core.state<State>().secrets.get(reader, secret_key(scope, name))};
  out.arn = out.secret ? secret_arn(scope, *out.secret) : secret_arn(scope, name);
  return out;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), of_names)) return fail(invalid_name());
  return {};
}

Result<NamedSecret> resolve_secret(Core& core, store::Reader& reader, const Scope& home, std::string_view given) {
  if (!given.starts_with("arn:")) {
    FB_TRY(check_name(given));
    return by_name(core, reader, home, given, given);
  }
  auto arn = parse_arn(given);
  if (!arn || arn->service != "secretsmanager" || !is_account_id(arn->account) || !arn->resource.starts_with("secret:")) return fail(invalid_name());
  std::string_view full = arn->resource.substr(7);
  FB_TRY(check_name(full));
  Scope scope{home.partition, AccountId(arn->account), home.region};
  NamedSecret none{scope, std::string(given), std::string(full), std::string(given), nullptr};
  if (arn->partition != home.partition.str() || arn->region != home.region.str()) return none;
  if (!has_suffix(full)) return by_name(core, reader, scope, given, full);
  none.name = full.substr(0, full.size() - kSuffixLength - 1);
  NamedSecret named = by_name(core, reader, scope, given, none.name);
  return named.arn == given ? named : none;
}

Requirement& require_secret(AuthoriseContext& cx, const NamedSecret& named, std::string_view action) {
  Requirement& r = cx.require(action, named.arn);
  if (!named.secret) r.shown = named.given;
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = named.scope.account.str();
  r.keys["secretsmanager:secretid"] = {named.arn};
  if (named.secret) {
    info->tags = named.secret->tags;
    info->policy = cx.core().state<State>().policies.get(cx.reader(), policy_key(named.scope, named.name));
    info->policy_name = named.arn;
    r.keys["secretsmanager:secretprimaryregion"] = {named.scope.region.str()};
    for (const auto& [k, v] : named.secret->tags) r.keys[cat("secretsmanager:resourcetag/", lower(k))] = {v};
  }
  r.info = std::move(info);
  return r;
}

std::shared_ptr<const Target> target_of(Context& cx) {
  auto target = cx.found<Target>();
  if (!target) throw std::logic_error("the authorise function left no secret");
  return target;
}

Result<StoredSecret> secret_in(store::Reader& reader, const NamedSecret& named) {
  if (!named.secret) return fail(secret_not_found());
  auto secret = reader.get_as<StoredSecret>(secret_key(named.scope, named.name));
  if (!secret || secret->suffix != named.secret->suffix) return fail(secret_not_found());
  return std::move(*secret);
}

Result<StoredSecret> live_secret_in(store::Reader& reader, const NamedSecret& named) {
  FB_ASSIGN(secret, secret_in(reader, named));
  if (secret.deletion_at) return fail(marked_for_deletion());
  return secret;
}

}  // namespace fogbank::secretsmanager
