#include "services/iam/policy_sources.h"

#include "base/strings.h"
#include "services/iam/managed.h"

namespace fogbank::iam {
namespace {

void add_policies(PolicyHolder& out, Caches& caches, store::Reader& reader, const Scope& scope, const Entity& e) {
  for (const InlineRef& ref : e.inline_policies) {
    store::Key key = inline_key(scope, e.id, ref.name);
    auto record = reader.get_as<InlinePolicy>(key);
    if (!record) continue;
    auto compiled = caches.inlines.get(reader, key);
    out.sources.push_back({cat(kind_name(e.kind), '_', e.name, '_', record->name), std::move(record->document), compiled ? compiled->policy : nullptr,
                           record->name, {}, e.kind, e.name});
  }
  for (const std::string& arn : e.attached) {
    bool known = std::any_of(out.sources.begin(), out.sources.end(), [&](const PolicySource& s) { return s.arn == arn; });
    if (known) continue;
    if (auto source = managed_source(caches, reader, scope, arn)) out.sources.push_back(std::move(*source));
  }
}

}  // namespace

std::optional<PolicySource> managed_source(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn) {
  auto name = parse_policy_arn(arn);
  if (!name) return std::nullopt;
  PolicySource out;
  out.id = out.name = name->name;
  out.arn = arn;
  out.policy = default_version(caches, reader, scope, arn);
  if (name->aws_managed()) {
    const ManagedPolicy* p = find_managed(arn);
    if (!p) return std::nullopt;
    out.document = p->document;
    return out;
  }
  auto policy = find_policy(reader, scope, *name);
  auto version = policy ? reader.get_as<PolicyVersion>(version_key(scope, policy->name, policy->default_version)) : std::nullopt;
  if (!version) return std::nullopt;
  out.document = std::move(version->document);
  return out;
}

PolicyHolder policy_holder(Caches& caches, store::Reader& reader, const Scope& scope, Entity entity) {
  PolicyHolder out;
  add_policies(out, caches, reader, scope, entity);
  for (const std::string& id : entity.groups)
    if (auto group = find_by_id(reader, scope, id)) add_policies(out, caches, reader, scope, group->entity);
  if (!entity.boundary.empty()) out.boundary = managed_source(caches, reader, scope, entity.boundary);
  out.entity = std::move(entity);
  return out;
}

Result<SourceName> parse_source_arn(std::string_view text) {
  auto arn = parse_arn(text);
  bool ours = arn && arn->service == "iam" && arn->region.empty() && is_account_id(arn->account);
  auto name = ours ? parse_entity_resource(arn->resource) : std::nullopt;
  if (!name) return fail(invalid_input(cat("Invalid Entity Arn: ", text, " does not clearly define entity type and name.")));
  return SourceName{std::string(arn->partition), std::string(arn->account), name->kind, name->name};
}

ApiError other_accounts_source(std::string_view caller_account, std::string_view account) {
  return invalid_input(cat("Invalid Policy Source Arn: caller's account ", caller_account, " does not have access to policies in account ", account));
}

Result<Entity> source_entity(store::Reader& reader, const Scope& scope, std::string_view arn) {
  FB_ASSIGN(name, parse_source_arn(arn));
  if (name.account != scope.account.str()) return fail(other_accounts_source(scope.account.str(), name.account));
  return get_entity(reader, scope, name.kind, name.name);
}

}  // namespace fogbank::iam
