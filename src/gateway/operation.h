// What the generator writes down about each operation and task kind of a service's manifest, and the three forms of a handler.
// The tables are constant data made by codegen/ from service.toml and the API model; the chain (chain.h) walks them.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "wire/model.h"

namespace fogbank {

class Context;           // gateway/context.h: what a handler may use
class AuthoriseContext;  // gateway/authorise.h: collects what has to be decided before a handler runs
class TaskContext;       // gateway/tasks.h: what a task handler may use
struct ResourceInfo;     // gateway/authorise.h: owner, resource policy and tags of an ARN
struct Outcome;          // gateway/context.h: done, or parked until keys change or a deadline comes

namespace auth { struct Principal; }

/// How a handler runs. plain: a synchronous function that never waits. parking: may answer Park and is then run again later.
/// body_in: plain, but the request's streaming payload has been received into a blob first (Context::body()); it is authorised from the
/// headers before a byte of the body is read.
enum class Form : uint8_t { plain, parking, body_in };

/// What an operation's success means; see architecture, third law.
enum class Served : uint8_t { works, inert };

/// One decision, declared. `resource` is an ARN template: {partition}, {region}, {account} are of the target, {Member} is a top-level
/// member of the input (absent: "*"); "*" alone means that the action knows no resource.
struct ActionRule {
  const char* action;
  const char* resource;
};
/// A service condition key that is read from a top-level input member: {"s3:prefix", "Prefix"}.
struct KeyRule {
  const char* key;
  const char* member;
};

struct OperationInfo {
  const wire::Operation* wire;             ///< name, shapes, route, errors
  Form form;
  Served served;
  bool slow;                               ///< runs on the pool, not on the loop
  bool public_without_policy;              ///< needs no permission (sts:GetCallerIdentity); still needs a valid signature
  bool anonymous;                          ///< may be called unsigned; then the decision is about the anonymous principal
  size_t max_body;                         ///< bytes that a request's body may have, where the service says so; 0: the server's limit
  std::span<const ActionRule> rules;       ///< all must be allowed; empty if `authorise` is set
  std::span<const KeyRule> keys;
  const char* action;                      ///< the operation's action, declared or "<signing name>:<operation>"; for `authorise`
  Result<void> (*authorise)(AuthoriseContext&, const wire::View& in);
  Result<void> (*plain)(Context&, const void* in, void* out);      ///< forms plain and body_in
  Result<Outcome> (*parking)(Context&, const void* in, void* out);
  /// Null, or how the caller proves who it is by the input itself (a token); signatures are not looked at then. Runs before the decision
  /// and may park, like a parking handler. It replaces the anonymous `caller`.
  Result<Outcome> (*identify)(Context&, const void* in, std::shared_ptr<const auth::Principal>& caller);
};

/// What a failed task does to the later ones of its lane.
enum class OnFailure : uint8_t { hold, skip, dead_letter };
enum class TaskClass : uint8_t { internal, outbound, process };

struct TaskInfo {
  const char* kind;                        ///< "s3.deliver_notification"
  TaskClass klass;
  OnFailure on_failure;
  int attempts;                            ///< then it is given up and listed by `fogbank doctor`
  Result<void> (*run)(TaskContext&);
};

struct ServiceInfo {
  const wire::Service* wire;               ///< names, protocols, version, error texts
  const char* folder;                      ///< "sqs"
  enum class Home : uint8_t { region, account, partition } home;  ///< scope of its records when a request names no other
  std::span<const OperationInfo> operations;
  std::span<const TaskInfo> tasks;
  Result<void> (*load_resource)(AuthoriseContext&, std::string_view arn, ResourceInfo& out);  ///< may be null: no resource policies
  bool refuses_user_sessions;              ///< sessions of users without MFA, and federated users, are unknown credentials to it
};

/// All services built into this program, in the order of their folders. Defined by the generated code.
std::span<const ServiceInfo* const> all_services();
/// The service that an operation belongs to; null if it is in no table of all_services().
const ServiceInfo* service_of(const OperationInfo& op);

}  // namespace fogbank
