// What service reports of last access say: which services the policies of a user, group, role or policy may open, who used them last, and
// which policies open a service. The reports themselves are records of their own, made by a task and then fixed:
//   access_report  (job id)              -> AccessReport
//   access_service (job id, namespace)   -> ReportedService   written with the report's completion
// All of the account's global scope. A report belongs to who asked for it.
// Source: IAM User Guide, "Refine permissions in AWS using last accessed information"; IAM API Reference.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gateway/last_use.h"
#include "services/iam/policy_sources.h"

namespace fogbank::iam {

inline constexpr store::Table kAccessReports{"iam", "access_report"};
inline constexpr store::Table kAccessServices{"iam", "access_service"};
inline constexpr size_t kReportsPerAccount = 100;   ///< the oldest go

struct AccessReport {
  std::string id, arn;
  std::string owner;              ///< see report_owner()
  bool by_action = false;
  Millis created = 0, completed = 0;
  std::string error;              ///< of a failed one: what it reports on is gone
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, arn); a(3, owner); a(4, by_action); a(5, created); a(6, completed); a(7, error); a(unknown); }
};

/// The newest use; time 0: none.
struct ReportedUse {
  Millis time = 0;
  std::string region, entity_arn;
  template <class A> void fields(A& a) { a(1, time); a(2, region); a(3, entity_arn); }
};
struct ReportedEntity {
  std::string id;
  Millis time = 0;                ///< of its newest use of the service; 0: none
  template <class A> void fields(A& a) { a(1, id); a(2, time); }
};
struct ReportedAction {
  std::string name;
  ReportedUse last;
  template <class A> void fields(A& a) { a(1, name); a(2, last); }
};
struct ReportedService {
  std::string prefix, name;
  ReportedUse last;
  std::vector<ReportedEntity> entities;   ///< all that the report is about
  std::vector<ReportedAction> actions;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, prefix); a(2, name); a(3, last); a(4, entities); a(5, actions); a(unknown); }
};

store::Key report_key(const Scope& scope, std::string_view id);
store::Key reported_service_key(const Scope& scope, std::string_view id, std::string_view prefix);
store::Key reported_services(const Scope& scope, std::string_view id);   ///< prefix

/// What a report is about: the policies that may grant, and the users and roles that they speak for.
struct ReportSubject {
  std::vector<PolicySource> sources;
  std::vector<Entity> entities;
};
/// Refused: ARNs of other things, and what does not exist.
Result<ReportSubject> report_subject(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn);

/// The services that the policies may open, by prefix, with the last uses by the entities. Boundaries, conditions of grants and the policies
/// of resources and organisations do not count, as in AWS's reports.
std::vector<ReportedService> report_services(const LastUses& uses, store::Reader& reader, const Scope& scope, const ReportSubject& subject,
                                             bool by_action, Millis now);

/// Does this one document grant something of the service? Its own denials of the whole service count.
bool grants_service(const policy::CompiledPolicy& policy, std::string_view prefix);

}  // namespace fogbank::iam
