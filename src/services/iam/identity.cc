#include "services/iam/identity.h"

#include "auth/access_keys.h"
#include "auth/policy/stored.h"
#include "base/partition.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/iam/entities.h"

namespace fogbank::iam {
namespace {

constexpr size_t kKept = 8192;  // of each kind; then all are forgotten and come back as they are asked for

policy::Attached attached(policy::PolicyPtr p, std::string_view name, policy::PolicyPtr otherwise) {
  return {p ? std::move(p) : std::move(otherwise), std::string(name)};
}

/// What identifies a principal; session details are compared afterwards.
void fingerprint(std::string& out, const auth::Principal& p) {
  out.clear();
  out += char('0' + int(p.kind));
  append(out, p.user_id, '|', p.arn, '|', p.access_key_id);
}

/// Everything of the principal that a PolicySet is made from, apart from the fingerprint.
bool same_session(const auth::Principal& a, const auth::Principal& b) {
  return a.development == b.development && a.role_arn == b.role_arn && a.name == b.name && a.account == b.account && a.partition == b.partition &&
         a.federated_provider == b.federated_provider && a.session_tags == b.session_tags && a.session_policies == b.session_policies &&
         a.session_policy_arns == b.session_policy_arns && a.service_linked == b.service_linked && a.issuer_id == b.issuer_id;
}

/// Puts a PolicySet together from the record caches.
class Builder {
 public:
  Builder(Caches& caches, organizations::Levels& levels, store::Reader& reader, const auth::Principal& p)
      : caches_(caches), levels_(levels), reader_(reader), p_(p) {}

  auth::PolicySet run() {
    scope_ = account_scope(p_.partition, p_.account);
    switch (p_.kind) {
      case auth::PrincipalKind::anonymous: set_.who = policy::Principal::anonymous(); break;
      case auth::PrincipalKind::root: set_.who = policy::Principal::root(p_.account, p_.partition); break;
      case auth::PrincipalKind::service: set_.who = policy::Principal::service(p_.name); break;
      case auth::PrincipalKind::user: user(); break;
      case auth::PrincipalKind::role_session: role(); break;
      case auth::PrincipalKind::federated_user: federated(); break;
      case auth::PrincipalKind::web_identity: set_.who = policy::Principal::web_identity(p_.federated_provider); break;
    }
    session_policies();
    organization();
    return std::move(set_);
  }

 private:
  /// The entity that has this unique id: first by the name that the principal knows, then, after a rename, by the id.
  std::shared_ptr<const Entity> find(EntityKind kind, std::string_view name, std::string_view id) {
    auto e = caches_.entities.get(reader_, entity_key(scope_, kind, name));
    if (e && e->id == id) return e;
    auto moved = find_by_id(reader_, scope_, id);
    if (!moved || moved->entity.kind != kind || moved->scope.account != scope_.account) return nullptr;
    return std::make_shared<const Entity>(std::move(moved->entity));
  }

  void user() {
    set_.who = policy::Principal::user(p_.arn, p_.user_id);
    if (p_.development) {
      set_.identity.push_back({administrator_access(), cat("arn:", p_.partition, ":iam::aws:policy/AdministratorAccess")});
      return;
    }
    auto e = find(EntityKind::user, p_.name, p_.user_id);
    if (!e) { set_.gone = true; return; }
    set_.who = policy::Principal::user(entity_arn(scope_, *e), e->id);
    add_entity(*e);
    add_groups(*e);
    add_tags(*e);
  }

  void role() {
    std::string_view id = p_.user_id;
    id = id.substr(0, id.find(':'));
    set_.who = policy::Principal::role_session(p_.role_arn, id, p_.session_name);
    set_.who.provider = p_.federated_provider;
    auto arn = parse_arn(p_.role_arn);
    auto name = arn ? parse_entity_resource(arn->resource) : std::nullopt;
    auto e = name ? find(EntityKind::role, name->name, id) : nullptr;
    if (!e) { set_.gone = true; return; }
    add_entity(*e);
    set_.exempt_from_scps = e->service_linked;
    add_tags(*e);
  }

  /// The issuer's policies bound what a federated user may do, and its tags are the session's too; its ARN stands where sessions keep
  /// their role's.
  void federated() {
    auto arn = parse_arn(p_.role_arn);
    auto name = arn ? parse_entity_resource(arn->resource) : std::nullopt;
    set_.who = policy::Principal::federated_user(p_.role_arn, p_.issuer_id.empty() ? p_.account : p_.issuer_id, p_.name);
    Entity untagged;
    if (p_.development) return set_.identity.push_back({administrator_access(), cat("arn:", p_.partition, ":iam::aws:policy/AdministratorAccess")}), add_tags(untagged);
    if (p_.issuer_id.empty()) return add_tags(untagged);  // root
    auto e = name ? find(EntityKind::user, name->name, p_.issuer_id) : nullptr;
    if (!e) { set_.gone = true; return; }
    set_.who = policy::Principal::federated_user(entity_arn(scope_, *e), e->id, p_.name);
    add_entity(*e);
    add_groups(*e);
    add_tags(*e);
  }

  /// `label` stands before the names of the policies where a decision is explained.
  void add_policies(const Entity& e, const std::string& label) {
    for (const auto& arn : e.attached) set_.identity.push_back(attached(default_version(caches_, reader_, scope_, arn), cat(label, arn), allow_nothing()));
    for (const InlineRef& ref : e.inline_policies) {
      auto p = caches_.inlines.get(reader_, inline_key(scope_, e.id, ref.name));
      set_.identity.push_back(attached(p ? p->policy : nullptr, cat(label, ref.name), policy::deny_everything(policy::PolicyKind::identity)));
    }
  }

  /// A user's membership and the group change in transactions that write the user or the group, both authority: the generation covers them.
  void add_groups(const Entity& user) {
    for (const std::string& id : user.groups) {
      auto owner = caches_.ids.get(reader_, id_key(scope_, id));
      auto group = owner ? caches_.entities.get(reader_, entity_key(scope_, EntityKind::group, owner->name)) : nullptr;
      if (!group || group->id != id) throw std::runtime_error("a user is in a group that does not exist");
      add_policies(*group, cat("group ", group->name, ": "));
    }
  }

  void add_entity(const Entity& e) {
    add_policies(e, {});
    if (!e.boundary.empty()) set_.boundary = attached(default_version(caches_, reader_, scope_, e.boundary), e.boundary, allow_nothing());
  }

  void add_tags(const Entity& e) {
    for (const Tag& t : e.tags) {
      bool overridden = std::any_of(p_.session_tags.begin(), p_.session_tags.end(), [&](const auto& s) { return iequals(s.first, t.key); });
      if (!overridden) set_.who.tags.emplace_back(t.key, t.value);
    }
    for (const auto& [k, v] : p_.session_tags) set_.who.tags.emplace_back(k, v);
  }

  void session_policies() {
    for (const auto& document : p_.session_policies) {
      set_.session.push_back({policy::compile_stored(document, policy::PolicyKind::session, {policy::Dialect::iam, p_.partition}, "a session policy"), "session policy"});
    }
    for (const auto& arn : p_.session_policy_arns)
      set_.session.push_back(attached(default_version(caches_, reader_, scope_, arn), arn, allow_nothing()));
  }

  /// What the account's organization says; it binds root and the development administrator of a member account too.
  void organization() {
    if (p_.account.empty() || p_.kind == auth::PrincipalKind::service) return;
    auto account = levels_.of(p_.account, reader_);
    set_.gone = set_.gone || account->suspended;
    set_.scps = account->scps;
    set_.exempt_from_scps = set_.exempt_from_scps || account->management;
    set_.organization_id = account->organization_id;
    set_.organization_path = account->organization_path;
  }

  Caches& caches_;
  organizations::Levels& levels_;
  store::Reader& reader_;
  const auth::Principal& p_;
  Scope scope_;
  auth::PolicySet set_;
};

}  // namespace

Identity::Identity(Core& core) : Identity(core.store(), core.state<Caches>(), core.state<organizations::Levels>()) {}

// Attached after the caches: when a commit raises the generation, they have already dropped the key.
Identity::Identity(store::Store& store, Caches& caches, organizations::Levels& levels) : store_(store), caches_(caches), levels_(levels) {
  for (const store::Table* table : {&kEntities, &kInline, &kPolicies, &kVersions, &kAccessKeys, &organizations::kPolicies, &organizations::kStamps})
    store_.coherence().attach(*table, *this);
}
Identity::~Identity() { store_.coherence().detach(*this); }

void Identity::changed(const std::string&) { generation_.fetch_add(1, std::memory_order_release); }
void Identity::all_changed() { generation_.fetch_add(1, std::memory_order_release); }

std::shared_ptr<const auth::PolicySet> Identity::policies_of(const auth::Principal& principal) {
  thread_local std::string name;
  fingerprint(name, principal);
  uint64_t generation = generation_.load(std::memory_order_acquire);
  {
    std::shared_lock lock(mutex_);
    auto found = sets_.find(name);
    if (found != sets_.end() && found->second.generation == generation && same_session(found->second.principal, principal)) return found->second.set;
  }
  std::shared_ptr<const auth::PolicySet> set;
  store_.read([&](store::Reader& reader) { set = build(principal, reader); });
  std::unique_lock lock(mutex_);
  if (sets_.size() >= kKept) sets_.clear();
  sets_.insert_or_assign(name, Kept{generation, principal, set});
  return set;
}

std::shared_ptr<const auth::PolicySet> Identity::policies_of(const auth::Principal& principal, store::Reader& reader) { return build(principal, reader); }

std::shared_ptr<const auth::PolicySet> Identity::build(const auth::Principal& principal, store::Reader& reader) {
  return std::make_shared<const auth::PolicySet>(Builder(caches_, levels_, reader, principal).run());
}

std::shared_ptr<const auth::Credential> Identity::find_key(std::string_view access_key_id) {
  thread_local std::string name;
  name = access_key_id;
  uint64_t generation = generation_.load(std::memory_order_acquire);
  {
    std::shared_lock lock(mutex_);
    auto found = credentials_.find(name);
    if (found != credentials_.end() && found->second.generation == generation) return found->second.credential;
  }
  auto credential = read_key(name);
  if (!credential) return nullptr;  // unknown ids are not kept: anyone can make them up
  std::unique_lock lock(mutex_);
  if (credentials_.size() >= kKept) credentials_.clear();
  credentials_.insert_or_assign(name, KeptKey{generation, credential});
  return credential;
}

std::shared_ptr<const auth::Credential> Identity::read_key(std::string_view access_key_id) {
  auto account = auth::account_of_access_key(access_key_id);
  if (!account || auth::is_temporary_key(access_key_id)) return nullptr;
  std::shared_ptr<const auth::Credential> out;
  store_.read([&](store::Reader& reader) {
    for (std::string_view partition : kPartitions) {
      Scope scope = account_scope(partition, *account);
      auto key = caches_.keys.get(reader, access_key_key(scope, access_key_id));
      if (!key) continue;
      auto owner = key->inactive ? std::nullopt : find_by_id(reader, scope, key->user_id);
      if (!owner) return;
      auth::Principal p;
      p.kind = auth::PrincipalKind::user;
      p.partition = partition;
      p.account = *account;
      p.arn = entity_arn(owner->scope, owner->entity);
      p.user_id = owner->entity.id;
      p.name = owner->entity.name;
      p.access_key_id = access_key_id;
      out = std::make_shared<const auth::Credential>(auth::Credential{key->secret, std::make_shared<const auth::Principal>(std::move(p))});
      return;
    }
  });
  return out;
}

std::shared_ptr<const auth::ResourceAccountPolicies> Identity::policies_of_account(std::string_view account) { return levels_.of(account)->resources; }
std::shared_ptr<const auth::ResourceAccountPolicies> Identity::policies_of_account(std::string_view account, store::Reader& reader) {
  return levels_.of(account, reader)->resources;
}

std::optional<std::string> Identity::find_entity(std::string_view named, std::string_view partition, store::Reader& reader) {
  auto arn = parse_arn(named);
  if (!arn) {
    auto found = find_by_id(reader, account_scope(partition, {}), named);
    return found ? std::optional(found->entity.id) : std::nullopt;
  }
  if (arn->partition != partition) return std::nullopt;
  Scope scope = account_scope(arn->partition, arn->account);
  if (auto parts = split(arn->resource, '/'); arn->service == "sts" && parts.size() == 3 && parts[0] == "assumed-role") {
    auto role = iam::find_entity(reader, scope, EntityKind::role, parts[1]);
    return role ? std::optional(role->id) : std::nullopt;
  }
  auto name = parse_entity_resource(arn->resource);
  if (!name || arn->service != "iam") return std::nullopt;
  auto entity = iam::find_entity(reader, scope, name->kind, name->name);
  return entity && entity_arn(scope, *entity) == named ? std::optional(entity->id) : std::nullopt;
}

std::unique_ptr<auth::IdentitySource> make_identity(Core& core) { return std::make_unique<Identity>(core); }

}  // namespace fogbank::iam
