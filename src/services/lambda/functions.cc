#include "services/lambda/functions.h"

#include <utility>

#include "base/strings.h"
#include "gateway/work_task.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {

Result<FunctionPtr> find_function(State& state, store::Reader& reader, const FunctionRef& ref) {
  FunctionPtr function = state.functions.get(reader, function_key(ref.scope, ref.name));
  if (!function) return fail(function_not_found(ref.arn()));
  return function;
}

Result<Target> find_target(State& state, store::Reader& reader, const FunctionRef& ref) {
  Target t;
  t.function = state.functions.get(reader, function_key(ref.scope, ref.name));
  if (!t.function) return fail(function_not_found(ref.arn()));
  int64_t number = 0;
  if (is_number(ref.qualifier)) {
    number = parse_int(ref.qualifier).value_or(-1);
    if (number < 1) return fail(function_not_found(ref.arn()));
  } else if (!ref.qualifier.empty() && ref.qualifier != kLatest) {
    t.alias = state.aliases.get(reader, alias_key(ref.scope, ref.name, ref.qualifier));
    if (!t.alias) return fail(function_not_found(ref.arn()));
    number = t.alias->version;
  }
  t.version = state.versions.get(reader, version_key(ref.scope, ref.name, number));
  if (!t.version) return fail(function_not_found(ref.arn()));
  return t;
}

Result<Target> find_target(Context& cx, const FunctionRef& ref) {
  Result<Target> target = Target{};
  cx.read([&](store::Reader& reader) { target = find_target(cx.state<State>(), reader, ref); });
  return target;
}

Result<FunctionRef> request_function(Context& cx, std::string_view name, Str qualifier) {
  Scope here = cx.caller();
  here.region = cx.scope().region;
  return function_ref(name, qualifier, here);
}

void hold_layers(store::Txn& tx, const Scope& scope, const std::vector<UsedLayer>& layers) {
  for (const UsedLayer& l : layers) {
    auto held = hold_code(tx, scope, l.account, l.code);
    (void)held;   // a layer of which nothing is left stays named and is missed when the function is prepared
  }
}

void release_layers(store::Txn& tx, const Scope& scope, const std::vector<UsedLayer>& layers, Millis now) {
  for (const UsedLayer& l : layers) release_code(tx, scope, l.account, l.code, now);
}

std::string environments_key(const Scope& scope, std::string_view name, const Version& v) {
  return cat(function_arn(scope, name, v.shown_number()), '#', v.function_id, '.', v.change);
}

Result<Version> publish(store::Txn& tx, const Scope& scope, Function& function, const Version& latest, std::optional<std::string_view> description,
                        Random& random, Millis now) {
  if (function.last_version) {
    auto newest = tx.get_as<Version>(version_key(scope, function.name, function.last_version));
    if (newest && newest->change == latest.change) return *newest;
  }
  Version v = latest;
  v.number = ++function.last_version;
  if (description) v.description = *description;
  v.revision = random.uuid();
  v.modified = now;
  if (v.update == UpdateStatus::in_progress) {   // of an update that is under way: not Active before it is
    v.state = FunctionState::pending;
    v.state_reason = std::exchange(v.update_reason, {});
    v.state_reason_code = std::exchange(v.update_reason_code, {});
    v.update = UpdateStatus::none;
  }
  FB_TRY(hold_code(tx, scope, scope.account.str(), v.code));
  hold_layers(tx, scope, v.layers);
  tx.put_record(version_key(scope, function.name, v.number), v);
  tx.put_record(function_key(scope, function.name), function);
  change_usage(tx, scope, [&](Usage& u) { u.code_bytes += v.code_size; });
  if (v.state == FunctionState::pending) schedule_prepare(tx, scope, function.name, v, true, now);
  return v;
}

void erase_version(store::Txn& tx, const Scope& scope, std::string_view name, const Version& v, Millis now) {
  tx.erase(version_key(scope, name, v.number));
  release_code(tx, scope, scope.account.str(), v.code, now);
  release_layers(tx, scope, v.layers, now);
  change_usage(tx, scope, [&](Usage& u) { u.code_bytes -= v.code_size; });
}

void change_usage(store::Txn& tx, const Scope& scope, const std::function<void(Usage&)>& change) {
  Usage usage = usage_of(tx, scope);
  change(usage);
  tx.put_record(usage_key(scope), usage);
}

PrepareFunction prepare_payload(std::string_view name, const Version& v, bool creates) {
  PrepareFunction payload;
  payload.name = name;
  payload.function_id = v.function_id;
  payload.number = v.number;
  payload.change = v.change;
  payload.creates = creates;
  return payload;
}

void schedule_prepare(store::Txn& tx, const Scope& scope, std::string_view name, const Version& v, bool creates, Millis now) {
  tx.schedule(work_task("lambda.prepare_function", scope, prepare_payload(name, v, creates), now));
}

Result<void> begin_update(const FunctionRef& ref, const Version& latest, Str revision_id) {
  if (revision_id && revision_id.view() != latest.revision) return fail(wrong_revision());
  if (latest.state == FunctionState::pending)
    return fail(conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending"));
  if (latest.update == UpdateStatus::in_progress)
    return fail(conflict(cat("The operation cannot be performed at this time. An update is in progress for resource: ", ref.bare_arn())));
  return {};
}

void mark_update(Version& latest, Random& random, Millis now) {
  latest.change++;
  latest.modified = now;
  latest.revision = random.uuid();
  latest.update = UpdateStatus::in_progress;
  latest.update_reason = "The function is being created.";
  latest.update_reason_code = "Creating";
}

}  // namespace fogbank::lambda
