// Roles that belong to an AWS service: how each is named, which policy it has, and what may be done with it. Pure, but for the records of
// deletions, which are of the account's global scope and survive a crash once committed.
//   slrdelete  ("task", task id)  -> RoleDeletion    progress of DeleteServiceLinkedRole
//   slrdelete  ("role", role id)  -> text, task id   of a deletion that is not done yet
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

inline constexpr std::string_view kServiceRolePath = "/aws-service-role/";
inline constexpr store::Table kRoleDeletions{"iam", "slrdelete"};

struct ServiceLinkedRole {
  std::string_view service;    ///< without ".amazonaws.com"
  std::string_view name;       ///< behind "AWSServiceRoleFor"
  std::string_view policy;     ///< AWS managed, below /aws-service-role/
  bool suffix = false;         ///< takes a custom suffix
  std::string role_name(std::string_view custom_suffix) const;
  std::string policy_arn(std::string_view partition) const;
};

/// All, sorted by service.
std::span<const ServiceLinkedRole> service_linked_roles();
/// By service principal ("batch.amazonaws.com"), or null.
const ServiceLinkedRole* find_service_linked_role(std::string_view service);

/// Refuses what only the role's service may change.
Result<void> check_modifiable(const Entity& e);

enum class DeletionStatus : uint8_t { not_started, in_progress, succeeded, failed };
struct RoleDeletion {
  std::string role_name, role_id;
  DeletionStatus status = DeletionStatus::not_started;
  Millis created = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, role_name); a(2, role_id); a(3, status); a(4, created); a(unknown); }
};
store::Key deletion_key(const Scope& scope, std::string_view task_id);
store::Key deletion_of_role_key(const Scope& scope, std::string_view role_id);

/// "task/aws-service-role/SERVICE/ROLE/UUID": the role's name; empty for other texts.
std::string_view role_of_deletion(std::string_view task_id);

}  // namespace fogbank::iam
