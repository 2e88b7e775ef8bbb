// CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/tasks.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/service_linked_roles.h"
#include "services/iam/trust.h"

namespace fogbank::iam {
namespace {

constexpr Millis kDeletionsKept = 30 * 86400000LL;  // finished ones; AWS does not say how long a task id is good
constexpr size_t kForgottenAtOnce = 20;

std::string trust_of(std::string_view service) {
  return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")", service, R"("},"Action":"sts:AssumeRole"}]})");
}

/// What a deletion's task needs to know.
struct DeletionWork {
  std::string task_id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, task_id); a(unknown); }
};

void forget_old_deletions(store::Txn& tx, const Scope& scope, Millis now) {
  std::vector<std::string> old;
  tx.scan_prefix(store::key(scope.global(), kRoleDeletions, std::string_view("task")), [&](std::string_view key, std::string_view bytes, store::Version) {
    auto deletion = decode<RoleDeletion>(bytes);
    if (deletion && deletion->status == DeletionStatus::succeeded && deletion->created + kDeletionsKept < now) old.push_back(store::key_parts(key).at(1));
    return old.size() < kForgottenAtOnce;
  });
  for (const auto& id : old) tx.erase(deletion_key(scope, id));
}

/// The service's end of the bargain: the role goes with its policies, unless somebody has deleted it meanwhile.
Result<void> delete_role(store::Txn& tx, const Scope& scope, const std::string& task_id) {
  auto deletion = tx.get_as<RoleDeletion>(deletion_key(scope, task_id));
  if (!deletion) return {};
  auto e = find_entity(tx, scope, EntityKind::role, deletion->role_name);
  if (e && e->id == deletion->role_id) {
    for (const auto& arn : std::vector<std::string>(e->attached)) FB_TRY(detach(tx, scope, *e, arn));
    erase_entity(tx, scope, *e);
  }
  tx.erase(deletion_of_role_key(scope, deletion->role_id));
  deletion->status = DeletionStatus::succeeded;
  tx.put_record(deletion_key(scope, task_id), *deletion);
  return {};
}

std::string_view status_text(DeletionStatus s) {
  switch (s) {
    case DeletionStatus::not_started: return "NOT_STARTED";
    case DeletionStatus::in_progress: return "IN_PROGRESS";
    case DeletionStatus::succeeded: return "SUCCEEDED";
    case DeletionStatus::failed: return "FAILED";
  }
  throw std::logic_error("a deletion status that is none");
}

}  // namespace

Result<void> CreateServiceLinkedRole(Context& cx, const svc::CreateServiceLinkedRoleRequest& in, svc::CreateServiceLinkedRoleResponse& out) {
  const ServiceLinkedRole* known = find_service_linked_role(in.AWSServiceName);
  if (!known) return fail(invalid_input(cat("Service ", in.AWSServiceName, " is not a service that supports service-linked roles.")));
  if (in.CustomSuffix && !known->suffix) return fail(invalid_input(cat("Custom suffix is not allowed for ", in.AWSServiceName)));
  Entity e;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    e = Entity();
    e.kind = EntityKind::role;
    e.name = known->role_name(in.CustomSuffix.view());
    e.path = cat(kServiceRolePath, in.AWSServiceName, '/');
    e.description = in.Description.view();
    e.described = in.Description.has();
    e.created = whole_second(cx.now());
    e.id = auth::make_unique_id("AROA", cx.scope().account.str(), cx.random());
    e.service_linked = true;
    e.trust = trust_of(in.AWSServiceName);
    if (e.name.size() > 64) return fail(invalid_input(cat("Role name ", e.name, " is too long: it can have 64 characters.")));
    if (tx.has(entity_key(cx.scope(), EntityKind::role, e.name)))
      return fail(invalid_input(cat("Service role name ", e.name, " has been taken in this account, please try a different suffix.")));
    FB_TRY(create_entity(tx, cx.scope(), e));
    return attach(tx, cx.scope(), e, known->policy_arn(cx.scope().partition.str()));
  });
  FB_TRY(done);
  fill_role(cx, e, e.trust, Detail::created, cx.make(out.Role));
  return {};
}

// A deletion under way is answered with its own task id.
Result<void> DeleteServiceLinkedRole(Context& cx, const svc::DeleteServiceLinkedRoleRequest& in, svc::DeleteServiceLinkedRoleResponse& out) {
  DeletionWork work;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    work = DeletionWork();
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    if (!e.service_linked) return fail(no_such_entity(EntityKind::role, in.RoleName));
    if (auto running = tx.get(deletion_of_role_key(cx.scope(), e.id))) {
      work.task_id = running->bytes;
      return {};
    }
    forget_old_deletions(tx, cx.scope(), cx.now());
    work.task_id = cat("task", e.path, e.name, '/', cx.random().uuid());
    RoleDeletion deletion;
    deletion.role_name = e.name;
    deletion.role_id = e.id;
    deletion.created = cx.now();
    deletion.status = DeletionStatus::in_progress;
    tx.put_record(deletion_key(cx.scope(), work.task_id), deletion);
    tx.put(deletion_of_role_key(cx.scope(), e.id), work.task_id);
    store::Task task;
    task.kind = "iam.delete_service_linked_role";
    task.due = cx.now();
    task.scope = cx.scope().global();
    task.lane = cat("iam.slr.", cx.scope().account.str());
    task.payload = encode(work);
    tx.schedule(std::move(task));
    return {};
  });
  FB_TRY(done);
  out.DeletionTaskId = cx.str(work.task_id);
  return {};
}

Result<void> GetServiceLinkedRoleDeletionStatus(Context& cx, const svc::GetServiceLinkedRoleDeletionStatusRequest& in,
                                                svc::GetServiceLinkedRoleDeletionStatusResponse& out) {
  if (role_of_deletion(in.DeletionTaskId).empty()) return fail(invalid_input("The DeletionTaskId is invalid."));
  std::optional<RoleDeletion> deletion;
  cx.read([&](store::Reader& reader) { deletion = reader.get_as<RoleDeletion>(deletion_key(cx.scope(), in.DeletionTaskId)); });
  if (!deletion) return fail(no_such_entity(cat("The deletion task with id ", in.DeletionTaskId, " cannot be found.")));
  out.Status = Str(status_text(deletion->status));
  return {};
}

Result<void> delete_service_linked_role(TaskContext& cx) {
  auto work = cx.payload<DeletionWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  struct State { Scope scope; std::string task_id; };
  return cx.finish(State{cx.task().scope, work->task_id}, [](store::Txn& tx, const State& s) { return delete_role(tx, s.scope, s.task_id); });
}

}  // namespace fogbank::iam
