// Finding functions, versions and aliases, and changing them so that counters and packages agree. Works on the Reader or Txn of its caller.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "gateway/context.h"
#include "services/lambda/caches.h"
#include "services/lambda/names.h"

namespace fogbank::lambda {

/// What a reference leads to. `alias` is set if an alias was named; its weights have not been looked at.
struct Target {
  FunctionPtr function;
  VersionPtr version;
  AliasPtr alias;
};

/// The function with the version or alias that is named, or function_not_found(ref.arn()).
Result<Target> find_target(State& state, store::Reader& reader, const FunctionRef& ref);
/// Of a request, from the caches.
Result<Target> find_target(Context& cx, const FunctionRef& ref);
/// The function alone.
Result<FunctionPtr> find_function(State& state, store::Reader& reader, const FunctionRef& ref);

/// The reference of a request (FunctionName, Qualifier), in the target's scope.
Result<FunctionRef> request_function(Context& cx, std::string_view name, Str qualifier = {});

/// A copy of $LATEST as the next version, or the newest one if nothing has changed since.
/// FunctionSpec::key of a version as it stands now.
std::string environments_key(const Scope& scope, std::string_view name, const Version& v);
Result<Version> publish(store::Txn& tx, const Scope& scope, Function& function, const Version& latest, std::optional<std::string_view> description,
                        Random& random, Millis now);

void hold_layers(store::Txn& tx, const Scope& scope, const std::vector<UsedLayer>& layers);
void release_layers(store::Txn& tx, const Scope& scope, const std::vector<UsedLayer>& layers, Millis now);
/// Removes a version: its record, and its hold on packages.
void erase_version(store::Txn& tx, const Scope& scope, std::string_view name, const Version& version, Millis now);

void change_usage(store::Txn& tx, const Scope& scope, const std::function<void(Usage&)>& change);

/// Payload of prepare_function.
struct PrepareFunction {
  std::string name;
  uint64_t function_id = 0;
  int64_t number = 0, change = 0;
  bool creates = false;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, function_id); a(3, number); a(4, change); a(5, creates); a(unknown); }
};
PrepareFunction prepare_payload(std::string_view name, const Version& version, bool creates);
/// In slow handlers, after the write: does at once what the task would do, so that the function is Active with the answer. Where that does not
/// work out, the task is there.
void prepare_at_once(Context& cx, const Scope& scope, std::string_view name, const Version& version, bool creates);
void schedule_prepare(store::Txn& tx, const Scope& scope, std::string_view name, const Version& version, bool creates, Millis now);

/// An update of $LATEST begins: what it may not be in the way of, then the marks of it.
Result<void> begin_update(const FunctionRef& ref, const Version& latest, Str revision_id);
void mark_update(Version& latest, Random& random, Millis now);

}  // namespace fogbank::lambda
