#include "auth/policy/compiled.h"

#include "base/strings.h"

namespace fogbank::policy {
namespace {

/// An ARN with fewer than six segments means stars for the missing ones ("arn:aws:sns" and the like).
std::string whole_arn(std::string text) {
  if (text.compare(0, 4, "arn:") != 0) return text;
  int colons = 0, depth = 0;
  for (char c : text) {
    if (c == '{') depth++;
    else if (c == '}') depth--;
    else if (c == ':' && depth == 0) colons++;
  }
  for (; colons < 5; colons++) text += ":*";
  return text;
}

bool any_matches(const std::vector<Pattern>& patterns, std::string_view text, const Request* request) {
  for (const Pattern& p : patterns) if (p.matches(text, request)) return true;
  return false;
}

}  // namespace

bool Statement::resource_fits(const Request& request) const {
  if (!has_resource) return true;
  return any_matches(resources, request.resource, &request) != not_resource;
}

bool Statement::conditions_hold(const Request& request) const {
  for (const Condition& c : conditions) if (!c.holds(request)) return false;
  return true;
}

CompiledPolicy::CompiledPolicy(const RawPolicy& raw, PolicyKind kind) : kind_(kind), modern_(raw.version == "2012-10-17") {
  statements_.reserve(raw.statements.size());
  for (const RawStatement& r : raw.statements) {
    auto number = uint32_t(statements_.size());
    Statement& s = statements_.emplace_back();
    s.sid = r.sid;
    s.effect = r.effect == "Allow" ? Effect::allow : Effect::deny;
    s.not_action = r.action.negated;
    s.actions = r.action.items;
    s.has_resource = r.resource.present;
    s.not_resource = r.resource.negated;
    s.resource_texts = r.resource.items;
    for (const std::string& text : r.resource.items) s.resources.emplace_back(whole_arn(text), Pattern::Syntax{true, modern_, false});
    s.principals = PrincipalSet(r.principal);
    for (const RawCondition& c : r.conditions) s.conditions.emplace_back(c.op, c.key, c.values, modern_);
    bool everything = false;
    std::vector<Group> groups;
    index(number, everything, groups);
    if (everything) every_action_.push_back(number);
    else for (Group& g : groups) groups_.push_back(std::move(g));
  }
  std::stable_sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) { return a.service_hash < b.service_hash; });
}

/// Sorts the actions of a statement into groups by service. A statement with a wildcard in a service's name is compared whole instead,
/// all its actions, so that no statement is visited twice.
void CompiledPolicy::index(uint32_t number, bool& everything, std::vector<Group>& groups) {
  Statement& s = statements_[number];
  bool odd = s.not_action;
  for (const std::string& a : s.actions) {
    if (!odd && (a == "*" || a == "*:*")) everything = true;
    odd = odd || (a != "*" && a.substr(0, a.find(':')).find_first_of("*?") != std::string::npos);
  }
  if (everything) return;
  if (odd) {
    for (const std::string& a : s.actions) s.whole_actions.emplace_back(a, Pattern::Syntax{true, false, true});
    (s.not_action ? not_action_ : odd_).push_back(number);
    return;
  }
  for (const std::string& text : s.actions) {
    Action a(text);
    auto g = std::find_if(groups.begin(), groups.end(), [&](const Group& x) { return x.service == a.lower_service(); });
    if (g == groups.end()) {
      groups.push_back({a.service_hash(), number, std::string(a.lower_service()), false, {}, {}});
      g = std::prev(groups.end());
    }
    if (a.lower_name() == "*") g->all = true;
    else if (a.lower_name().find_first_of("*?") == std::string_view::npos) g->exact.emplace_back(a.name_hash(), std::string(a.lower_name()));
    else g->globs.emplace_back(a.lower_name(), Pattern::Syntax{true, false, true});
  }
  for (Group& g : groups) std::sort(g.exact.begin(), g.exact.end());
}

bool CompiledPolicy::group_fits(const Group& g, const Action& action) {
  if (g.service != action.lower_service()) return false;
  if (g.all) return true;
  std::string_view name = action.lower_name();
  auto e = std::lower_bound(g.exact.begin(), g.exact.end(), action.name_hash(),
                            [](const auto& entry, uint32_t hash) { return entry.first < hash; });
  for (; e != g.exact.end() && e->first == action.name_hash(); ++e) if (e->second == name) return true;
  return any_matches(g.globs, name, nullptr);
}

}  // namespace fogbank::policy
