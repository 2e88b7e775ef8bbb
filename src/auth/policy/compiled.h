// CompiledPolicy: what a decision walks. Statements, and an index from the service of an action to the statements that may name it, so
// that a policy of a thousand actions costs a few comparisons. Immutable after construction; threads share it freely.
#pragma once
#include <string>
#include <vector>

#include "auth/policy/condition.h"
#include "auth/policy/document.h"
#include "auth/policy/pattern.h"
#include "auth/policy/principal_set.h"
#include "auth/policy/raw_policy.h"
#include "auth/policy/request.h"

namespace fogbank::policy {

struct Statement {
  std::string sid;
  Effect effect = Effect::allow;
  bool not_action = false, not_resource = false;
  bool has_resource = false;            ///< trust policies have none, and some services' policies: then any resource fits
  std::vector<std::string> actions;     ///< as written
  std::vector<std::string> resource_texts;
  std::vector<Pattern> resources;
  std::vector<Pattern> whole_actions;   ///< "service:name" patterns, for NotAction and for wildcards in a service's name only
  PrincipalSet principals;
  std::vector<Condition> conditions;

  bool resource_fits(const Request& request) const;
  bool conditions_hold(const Request& request) const;
};

class CompiledPolicy {
 public:
  CompiledPolicy(const RawPolicy& raw, PolicyKind kind);

  PolicyKind kind() const { return kind_; }
  bool modern() const { return modern_; }
  const std::vector<Statement>& statements() const { return statements_; }

  /// Calls visit(index) for every statement whose Action fits or NotAction does not name the action, each once, in no special order, until
  /// visit answers false.
  template <class Visit> void with_action(const Action& action, Visit&& visit) const;

 private:
  /// The actions of one statement that name one service.
  struct Group {
    uint32_t service_hash;
    uint32_t statement;
    std::string service;  ///< in lower case
    bool all = false;     ///< "service:*"
    std::vector<std::pair<uint32_t, std::string>> exact;  ///< hash and name, sorted
    std::vector<Pattern> globs;
  };
  void index(uint32_t statement, bool& everything, std::vector<Group>& groups);
  static bool group_fits(const Group& g, const Action& action);

  PolicyKind kind_;
  bool modern_;
  std::vector<Statement> statements_;
  std::vector<uint32_t> every_action_;   ///< statements with Action "*"
  std::vector<uint32_t> not_action_;     ///< statements with NotAction
  std::vector<uint32_t> odd_;            ///< statements with wildcards in the service's name: compared whole
  std::vector<Group> groups_;            ///< sorted by service hash
};

template <class Visit> void CompiledPolicy::with_action(const Action& action, Visit&& visit) const {
  for (uint32_t s : every_action_) if (!visit(s)) return;
  auto g = std::lower_bound(groups_.begin(), groups_.end(), action.service_hash(),
                            [](const Group& a, uint32_t hash) { return a.service_hash < hash; });
  for (; g != groups_.end() && g->service_hash == action.service_hash(); ++g) if (group_fits(*g, action) && !visit(g->statement)) return;
  for (const auto* list : {&not_action_, &odd_})
    for (uint32_t s : *list) {
      const Statement& statement = statements_[s];
      bool named = false;
      for (const Pattern& p : statement.whole_actions) if (p.matches(action.lower(), nullptr)) { named = true; break; }
      if (named != statement.not_action && !visit(s)) return;
    }
}

}  // namespace fogbank::policy
