#include "services/iam/entities.h"

#include "base/strings.h"
#include "gateway/last_use.h"
#include "services/iam/counts.h"
#include "services/iam/groups.h"
#include "services/iam/managed.h"

namespace fogbank::iam {

std::optional<Entity> find_entity(store::Reader& reader, const Scope& scope, EntityKind kind, std::string_view name) {
  return reader.get_as<Entity>(entity_key(scope, kind, name));
}

Result<Entity> get_entity(store::Reader& reader, const Scope& scope, EntityKind kind, std::string_view name) {
  auto e = find_entity(reader, scope, kind, name);
  if (!e) return fail(no_such_entity(kind, name));
  return std::move(*e);
}

std::optional<FoundById> find_by_id(store::Reader& reader, const Scope& scope, std::string_view id) {
  auto owner = reader.get_as<IdOwner>(id_key(scope, id));
  if (!owner) return std::nullopt;
  Scope theirs = account_scope(scope.partition.str(), owner->account);
  auto entity = find_entity(reader, theirs, owner->kind, owner->name);
  // An account that was reset leaves ids behind: the record decides.
  if (!entity || entity->id != id) return std::nullopt;
  return FoundById{std::move(theirs), std::move(*entity)};
}

void put_entity(store::Txn& tx, const Scope& scope, const Entity& e) { tx.put_record(entity_key(scope, e.kind, e.name), e); }

namespace {

void put_indexes(store::Txn& tx, const Scope& scope, const Entity& e) {
  tx.put(path_key(scope, kind_name(e.kind), e.path, e.name), "");
  IdOwner owner;
  owner.account = scope.account.str();
  owner.kind = e.kind;
  owner.name = lower(e.name);
  tx.put_record(id_key(scope, e.id), owner);
}

void count_use(store::Txn& tx, const Scope& scope, std::string_view policy_arn, bool boundary, int by) {
  store::Key k = use_key(scope, policy_arn);
  PolicyUse use = tx.get_as<PolicyUse>(k).value_or(PolicyUse{});
  (boundary ? use.boundaries : use.attachments) += by;
  if (use.attachments || use.boundaries) tx.put_record(k, use);
  else tx.erase(k);
}

}  // namespace

Result<void> create_entity(store::Txn& tx, const Scope& scope, const Entity& e) {
  if (tx.has(entity_key(scope, e.kind, e.name))) return fail(already_exists(e.kind, e.name));
  FB_TRY(count_in(tx, scope, counted(e.kind)));
  put_entity(tx, scope, e);
  put_indexes(tx, scope, e);
  return {};
}

void erase_entity(store::Txn& tx, const Scope& scope, const Entity& e) {
  count_out(tx, scope, counted(e.kind));
  if (!e.boundary.empty()) {
    Entity copy = e;
    set_boundary(tx, scope, copy, {});
  }
  tx.erase(entity_key(scope, e.kind, e.name));
  tx.erase(path_key(scope, kind_name(e.kind), e.path, e.name));
  tx.erase(id_key(scope, e.id));
  LastUses::erase(tx, scope, e.id);
}

Result<void> rename_entity(store::Txn& tx, const Scope& scope, Entity& e, std::string_view new_name, std::string_view new_path) {
  bool other_name = lower(new_name) != lower(e.name);
  if (other_name && tx.has(entity_key(scope, e.kind, new_name))) return fail(already_exists(e.kind, new_name));
  auto move_attachment = [&](const std::string& arn, bool boundary) {
    tx.erase(attachment_key(scope, arn, e.kind, e.name, boundary));
    tx.put(attachment_key(scope, arn, e.kind, new_name, boundary), "");
  };
  if (other_name) {
    for (const auto& arn : e.attached) move_attachment(arn, false);
    if (!e.boundary.empty()) move_attachment(e.boundary, true);
    rename_member(tx, scope, e, new_name);
    tx.erase(entity_key(scope, e.kind, e.name));
  }
  tx.erase(path_key(scope, kind_name(e.kind), e.path, e.name));
  e.name = new_name;
  e.path = new_path;
  put_entity(tx, scope, e);
  put_indexes(tx, scope, e);
  return {};
}

std::optional<Policy> find_policy(store::Reader& reader, const Scope& scope, const PolicyName& name) {
  if (name.account != scope.account.str() || name.partition != scope.partition.str()) return std::nullopt;
  auto policy = reader.get_as<Policy>(policy_key(scope, name.name));
  if (!policy || policy->name != name.name || policy->path != name.path) return std::nullopt;
  return policy;
}

Result<Policy> get_policy(store::Reader& reader, const Scope& scope, std::string_view arn) {
  FB_ASSIGN(name, parse_policy_arn(arn));
  auto policy = find_policy(reader, scope, name);
  if (!policy) return fail(no_such_policy(arn));
  return std::move(*policy);
}

bool usable_policy(store::Reader& reader, const Scope& scope, const PolicyName& name) {
  if (name.aws_managed()) return find_managed(policy_arn(account_scope(name.partition, "aws"), name.path, name.name)) != nullptr;
  return find_policy(reader, scope, name).has_value();
}

Result<void> check_boundary(store::Reader& reader, const Scope& scope, std::string_view arn) {
  FB_ASSIGN(name, parse_policy_arn(arn));
  if (!usable_policy(reader, scope, name)) return fail(no_such_entity(cat("Scope ARN: ", arn, " does not exist or is not attachable.")));
  return {};
}

PolicyUse use_of(store::Reader& reader, const Scope& scope, std::string_view policy_arn) {
  return reader.get_as<PolicyUse>(use_key(scope, policy_arn)).value_or(PolicyUse{});
}

Result<void> attach(store::Txn& tx, const Scope& scope, Entity& e, std::string_view arn) {
  FB_ASSIGN(name, parse_policy_arn(arn));
  if (!usable_policy(tx, scope, name)) return fail(not_attachable(arn));
  if (name.aws_managed() && name.path.starts_with("/aws-service-role/") && !e.service_linked)
    return fail("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.");
  if (std::find(e.attached.begin(), e.attached.end(), arn) != e.attached.end()) return {};
  if (e.attached.size() >= kAttachedPoliciesPerEntity)
    return fail(limit_exceeded(cat("Cannot exceed quota for PoliciesPer", kind_title(e.kind), ": ", kAttachedPoliciesPerEntity)));
  e.attached.emplace_back(arn);
  put_entity(tx, scope, e);
  tx.put(attachment_key(scope, arn, e.kind, e.name, false), "");
  count_use(tx, scope, arn, false, 1);
  return {};
}

Result<void> detach(store::Txn& tx, const Scope& scope, Entity& e, std::string_view arn) {
  FB_TRY(parse_policy_arn(arn));
  auto at = std::find(e.attached.begin(), e.attached.end(), arn);
  if (at == e.attached.end()) return fail(no_such_policy(arn));
  e.attached.erase(at);
  put_entity(tx, scope, e);
  tx.erase(attachment_key(scope, arn, e.kind, e.name, false));
  count_use(tx, scope, arn, false, -1);
  return {};
}

void set_boundary(store::Txn& tx, const Scope& scope, Entity& e, std::string_view arn) {
  if (!e.boundary.empty()) {
    tx.erase(attachment_key(scope, e.boundary, e.kind, e.name, true));
    count_use(tx, scope, e.boundary, true, -1);
  }
  e.boundary = arn;
  put_entity(tx, scope, e);
  if (e.boundary.empty()) return;
  tx.put(attachment_key(scope, e.boundary, e.kind, e.name, true), "");
  count_use(tx, scope, e.boundary, true, 1);
}

void walk_paths(store::Reader& reader, const Scope& scope, std::string_view kind, std::string_view path_prefix,
                const std::optional<PathPlace>& after, const std::function<bool(const PathPlace&)>& visit) {
  store::Key all = store::key(scope.global(), kPaths, kind);
  store::Key from = after ? path_key(scope, kind, after->path, after->name) : store::key(scope.global(), kPaths, kind, path_prefix);
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
    auto parts = store::key_parts(key);
    PathPlace place{std::move(parts.at(2)), std::move(parts.at(1))};
    if (!place.path.starts_with(path_prefix)) return false;
    if (after && place.name == after->name && place.path == after->path) return true;
    return visit(place);
  });
}

}  // namespace fogbank::iam
