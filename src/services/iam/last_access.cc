#include "services/iam/last_access.h"

#include "auth/policy/compiled.h"
#include "base/strings.h"
#include "services/iam/action_reference.h"
#include "services/iam/managed.h"

namespace fogbank::iam {
namespace {

using policy::Effect;
using policy::Statement;

/// The resource part of an ARN or of a pattern of ARNs, and its service.
struct ArnText { std::string_view service, resource; };
ArnText arn_text(std::string_view text) {
  std::string_view rest = text;
  ArnText out;
  for (int i = 0; i < 5; i++) {
    size_t colon = rest.find(':');
    if (i == 2) out.service = rest.substr(0, colon);
    if (colon == std::string_view::npos) return out;
    rest.remove_prefix(colon + 1);
  }
  out.resource = rest;
  return out;
}

std::string_view fixed_part(std::string_view s) { return s.substr(0, std::min(s.find_first_of("*?"), s.find("${"))); }

/// Could an ARN be of both: a Resource of a policy and the pattern of a resource type?
bool overlap(std::string_view resource, std::string_view pattern) {
  ArnText given = arn_text(resource), type = arn_text(pattern);
  if (given.service != type.service && given.service.find_first_of("*?") == std::string_view::npos) return false;
  std::string_view a = fixed_part(given.resource), b = fixed_part(type.resource);
  size_t n = std::min(a.size(), b.size());
  return a.substr(0, n) == b.substr(0, n);
}

bool everything(std::string_view resource) { return resource.find_first_not_of('*') == std::string_view::npos; }

bool covers_everything(const Statement& s) {
  return !s.not_resource && std::any_of(s.resource_texts.begin(), s.resource_texts.end(), everything);
}

/// Can the statement's resources be such that the action is decided on?
bool reaches(const Statement& s, const ServiceEntry& service, const ActionEntry& action) {
  if (s.not_resource) return true;
  for (const std::string& r : s.resource_texts) {
    if (everything(r)) return true;
    for (std::string_view type : action.resource_types) if (overlap(r, service.arn_pattern(type))) return true;
  }
  return false;
}

/// Denied whatever the circumstances.
bool denies_for_good(const Statement& s) { return s.effect == Effect::deny && s.conditions.empty() && covers_everything(s); }

bool may_call(const std::vector<PolicySource>& sources, const ServiceEntry& service, const ActionEntry& entry) {
  policy::Action action(cat(service.prefix, ":", entry.name));
  bool allowed = false, denied = false;
  for (const PolicySource& source : sources) {
    if (!source.policy) continue;
    source.policy->with_action(action, [&](uint32_t index) {
      const Statement& s = source.policy->statements()[index];
      if (denies_for_good(s)) denied = true;
      else if (s.effect == Effect::allow && !allowed) allowed = reaches(s, service, entry);
      return !denied;
    });
    if (denied) return false;
  }
  return allowed;
}

/// Does a pattern of actions ("s3:Get*", "*") name actions of the service; all of them?
bool names_service(std::string_view pattern, std::string_view prefix, bool& whole) {
  size_t colon = pattern.find(':');
  std::string_view service = pattern.substr(0, colon), name = colon == std::string_view::npos ? service : pattern.substr(colon + 1);
  whole = everything(name);
  return policy::Pattern(service, {true, false, true}).matches(prefix, nullptr);
}

void note(ReportedUse& last, const LastUse& use, std::string_view entity_arn) {
  if (use.time <= last.time) return;
  last.time = use.time;
  last.region = use.region;
  last.entity_arn = entity_arn;
}

/// Users and roles to which a managed policy is attached, users also through their groups; each once.
void add_users_of(std::vector<Entity>& out, store::Reader& reader, const Scope& scope, std::string_view policy_arn) {
  auto add = [&](std::optional<Entity> e) {
    if (e && std::none_of(out.begin(), out.end(), [&](const Entity& known) { return known.id == e->id; })) out.push_back(std::move(*e));
  };
  std::vector<std::pair<EntityKind, std::string>> attached;
  reader.scan_prefix(store::key(scope.global(), kAttachments, policy_arn), [&](std::string_view key, std::string_view, store::Version) {
    auto parts = store::key_parts(key);
    if (parts.size() < 4) return true;
    auto kind = kind_of(parts[1]);
    auto e = kind ? find_entity(reader, scope, *kind, parts[2]) : std::nullopt;
    bool really = e && std::find(e->attached.begin(), e->attached.end(), policy_arn) != e->attached.end();   // not as a boundary
    if (really) attached.emplace_back(*kind, e->name);
    return true;
  });
  for (const auto& [kind, name] : attached) {
    auto e = find_entity(reader, scope, kind, name);
    if (!e || kind != EntityKind::group) { add(std::move(e)); continue; }
    reader.scan_prefix(members_of(scope, e->id), [&](std::string_view key, std::string_view, store::Version) {
      auto parts = store::key_parts(key);
      if (parts.size() > 1) add(find_entity(reader, scope, EntityKind::user, parts[1]));
      return true;
    });
  }
}

Result<ReportSubject> policy_subject(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn) {
  auto name = parse_policy_arn(arn);
  if (!name) return fail(invalid_input(cat("Invalid ARN: ", arn)));
  auto source = managed_source(caches, reader, scope, arn);
  if (!source) return fail(no_such_policy(arn));
  ReportSubject out;
  out.sources.push_back(std::move(*source));
  add_users_of(out.entities, reader, scope, arn);
  return out;
}

}  // namespace

store::Key report_key(const Scope& scope, std::string_view id) { return store::key(scope.global(), kAccessReports, id); }
store::Key reported_service_key(const Scope& scope, std::string_view id, std::string_view prefix) {
  return store::key(scope.global(), kAccessServices, id, prefix);
}
store::Key reported_services(const Scope& scope, std::string_view id) { return store::key(scope.global(), kAccessServices, id); }

Result<ReportSubject> report_subject(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "iam") return fail(invalid_input(cat("Invalid ARN: ", text)));
  if (arn->resource.starts_with("policy/")) return policy_subject(caches, reader, scope, text);
  FB_ASSIGN(e, source_entity(reader, scope, text));
  PolicyHolder holder = policy_holder(caches, reader, scope, std::move(e));
  ReportSubject out;
  out.sources = std::move(holder.sources);
  if (holder.entity.kind != EntityKind::group) {
    out.entities.push_back(std::move(holder.entity));
    return out;
  }
  reader.scan_prefix(members_of(scope, holder.entity.id), [&](std::string_view key, std::string_view, store::Version) {
    auto parts = store::key_parts(key);
    auto member = parts.size() > 1 ? find_entity(reader, scope, EntityKind::user, parts[1]) : std::nullopt;
    if (member) out.entities.push_back(std::move(*member));
    return true;
  });
  return out;
}

std::vector<ReportedService> report_services(const LastUses& uses, store::Reader& reader, const Scope& scope, const ReportSubject& subject,
                                             bool by_action, Millis now) {
  std::vector<ReportedService> out;
  for (const ServiceEntry& service : action_reference()) {
    ReportedService reported;
    for (const ActionEntry& action : service.actions) {
      if (!may_call(subject.sources, service, action)) continue;
      if (reported.prefix.empty()) reported.prefix = service.prefix, reported.name = service.name;
      if (!by_action) break;   // one is enough to open the service
      if (last_use_is_tracked(service, action)) reported.actions.push_back({std::string(action.name), {}});
    }
    if (!reported.prefix.empty()) out.push_back(std::move(reported));
  }
  auto find = [&](std::string_view prefix) {
    auto at = std::lower_bound(out.begin(), out.end(), prefix, [](const ReportedService& s, std::string_view p) { return s.prefix < p; });
    return at != out.end() && at->prefix == prefix ? &*at : nullptr;
  };
  for (const Entity& e : subject.entities) {
    for (ReportedService& s : out) s.entities.push_back({e.id, 0});
    std::string arn = entity_arn(scope, e);
    uses.each(reader, scope, e.id, [&](const LastUse& use) {
      ReportedService* s = use.time > now - kLastUseTracked ? find(lower(use.service)) : nullptr;
      if (!s) return;
      note(s->last, use, arn);
      s->entities.back().time = std::max(s->entities.back().time, use.time);
      for (ReportedAction& a : s->actions) if (iequals(a.name, use.action)) note(a.last, use, arn);
    });
  }
  return out;
}

bool grants_service(const policy::CompiledPolicy& p, std::string_view prefix) {
  const ServiceEntry* service = find_service(prefix);
  auto reaches_service = [&](const Statement& s) {
    if (s.not_resource || covers_everything(s)) return true;
    for (const std::string& r : s.resource_texts)
      for (const auto& [type, pattern] : service->resources) if (overlap(r, pattern)) return true;
    return false;
  };
  bool granted = false;
  for (const Statement& s : p.statements()) {
    bool named = false, all = false;
    for (const std::string& a : s.actions) {
      bool whole = false;
      if (!names_service(a, prefix, whole)) continue;
      named = true;
      all = all || whole;
    }
    bool applies = s.not_action ? !all : named;
    bool applies_to_all = s.not_action ? !named : all;
    if (s.effect == Effect::allow) granted = granted || (applies && service && reaches_service(s));
    else if (applies_to_all && denies_for_good(s)) return false;
  }
  return granted;
}

}  // namespace fogbank::iam
