#include "services/lambda/invoker.h"

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/parking.h"
#include "http/server.h"
#include "run/pool.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/log_writer.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {
namespace {

constexpr store::Table kWaits{"lambda", "wait"};   // never written: parked calls wait on its keys

runtime::Outcome refused(ApiError error) {
  runtime::Outcome out;
  out.kind = runtime::Outcome::Kind::refused;
  out.error = std::move(error);
  return out;
}

}  // namespace

Result<VersionPtr> choose_version(State& state, store::Reader& reader, const FunctionRef& ref, const Target& target, Random& random) {
  if (!target.alias || target.alias->weights.empty()) return target.version;
  double at = double(random.below(1'000'000)) / 1e6;
  for (const auto& [number, weight] : target.alias->weights) {
    if (at < weight) {
      auto version = state.versions.get(reader, version_key(ref.scope, ref.name, parse_int(number).value_or(0)));
      if (!version) return fail(function_not_found(function_arn(ref.scope, ref.name, number)));
      return version;
    }
    at -= weight;
  }
  return target.version;
}

Invoker::Invoker(Core& core, State& state) : core_(core), state_(state), log_sink_(make_log_writer(core)) {
  core_.state<runtime::Environments>().set_log_sink(log_sink_);
}

Invoker::~Invoker() = default;

void Invoker::on_loop(std::function<void()> f) {
  if (core_.server) core_.server->post(std::move(f));
  else f();
}

std::shared_ptr<const runtime::FunctionSpec> Invoker::spec(const Scope& scope, const Function& function, const Version& v) {
  std::string key = version_key(scope, function.name, v.number).bytes();
  {
    std::lock_guard lock(mutex_);
    auto it = specs_.find(key);
    if (it != specs_.end() && it->second.change == v.change && it->second.function_id == function.id) return it->second.spec;
  }
  auto spec = std::make_shared<runtime::FunctionSpec>();
  spec->function_arn = function_arn(scope, function.name);
  spec->name = function.name;
  spec->version = v.shown_number();
  spec->key = environments_key(scope, function.name, v);
  spec->account = scope.account.str();
  spec->region = scope.region.str();
  spec->runtime = v.runtime;
  spec->handler = v.handler;
  spec->architecture = v.architecture;
  spec->code_directory = state_.code.directory(scope.account.str(), v.code);
  for (const UsedLayer& l : v.layers) spec->layer_directories.push_back(state_.code.directory(l.account, l.code));
  spec->memory_mb = int(v.memory);
  spec->timeout_ms = v.timeout * 1000;
  spec->tmp_mb = int(v.ephemeral);
  for (const auto& [name, value] : v.environment) spec->environment.emplace_back(name, value);
  spec->logging.group = v.logging.group;
  spec->logging.format = v.logging.format == "JSON" ? runtime::LogFormat::json : runtime::LogFormat::text;
  if (!v.logging.application_level.empty()) spec->logging.application_level = v.logging.application_level;
  if (!v.logging.system_level.empty()) spec->logging.system_level = v.logging.system_level;
  spec->active_tracing = v.tracing == "Active";
  spec->role_arn = v.role;
  spec->credentials = [&core = core_, role = v.role, arn = spec->function_arn, name = function.name] { return role_credentials(core, role, arn, name); };
  std::lock_guard lock(mutex_);
  if (specs_.size() >= kSpecs) specs_.clear();
  specs_[key] = {v.change, function.id, spec};
  return spec;
}

// What is provisioned is taken from the reservation of its function, or else from what the account has unreserved; the version that it is for has it to itself.
runtime::Admission Invoker::admission(const Scope& scope, const Function& function, const Version& version) {
  runtime::Admission out;
  auto usage = state_.usage.get(usage_key(scope));
  out.unreserved = int(kAccountConcurrency - (usage ? usage->reserved + usage->provisioned : 0));
  int64_t provisioned = 0;
  for (const auto& [number, requested] : function.provisioned) {
    provisioned += requested;
    if (parse_int(number) == version.number) out.provisioned = int(requested);
  }
  if (function.reserved) out.reserved = int(*function.reserved - provisioned);
  return out;
}

void Invoker::run(Run run, runtime::Done done) {
  auto spec = this->spec(run.scope, *run.function, *run.version);
  run.invocation.admission = admission(run.scope, *run.function, *run.version);
  std::string account = run.scope.account.str();
  bool ready = state_.code.ready(account, run.version->code);
  for (const UsedLayer& l : run.version->layers) ready = ready && state_.code.ready(l.account, l.code);
  if (ready) return start(std::move(run), std::move(spec), std::move(done));
  // The unpacked package is gone (the data directory was copied without it): made again, off the loop.
  auto shared = std::make_shared<std::pair<Run, runtime::Done>>(std::move(run), std::move(done));
  bool posted = core_.pool().try_post([this, shared, spec, account] {
    const Run& r = shared->first;
    Result<void> prepared = state_.code.prepare(r.scope, account, r.version->code);
    for (const UsedLayer& l : r.version->layers) if (prepared) prepared = state_.code.prepare(r.scope, l.account, l.code);
    if (prepared) return start(std::move(shared->first), spec, std::move(shared->second));
    on_loop([shared, error = std::move(prepared.error())]() mutable { shared->second(refused(std::move(error))); });
  });
  if (!posted) on_loop([shared] { shared->second(refused(ApiError("ServiceException", "The server has too much work queued.", 503))); });
}

void Invoker::start(Run run, std::shared_ptr<const runtime::FunctionSpec> spec, runtime::Done done) {
  core_.state<runtime::Environments>().invoke(std::move(spec), std::move(run.invocation), std::move(done));
}

void Invoker::run_in_turn(Run run, runtime::Done done) {
  {
    std::lock_guard lock(mutex_);
    turn_.emplace_back(std::move(run), std::move(done));
  }
  next_in_turn();
}

void Invoker::next_in_turn() {
  std::pair<Run, runtime::Done> next;
  {
    std::lock_guard lock(mutex_);
    if (in_turn_ >= kEventsAtOnce || turn_.empty()) return;
    in_turn_++;
    next = std::move(turn_.front());
    turn_.pop_front();
  }
  run(std::move(next.first), [this, done = std::move(next.second)](runtime::Outcome&& outcome) {
    {
      std::lock_guard lock(mutex_);
      in_turn_--;
    }
    done(std::move(outcome));
    next_in_turn();
  });
}

store::Key Invoker::wait_key(std::string_view request_id) { return store::key(Scope{}.whole_partition(), kWaits, request_id); }

std::shared_ptr<Invoker::Waiting> Invoker::find_waiting(std::string_view request_id) {
  auto it = waiting_.find(std::string(request_id));
  return it == waiting_.end() ? nullptr : it->second;
}
std::shared_ptr<Invoker::Waiting> Invoker::add_waiting(std::string_view request_id) {
  return waiting_[std::string(request_id)] = std::make_shared<Waiting>();
}
void Invoker::remove_waiting(std::string_view request_id) { waiting_.erase(std::string(request_id)); }

void Invoker::wake(const std::string& request_id) {
  if (core_.server) core_.parking().on_keys({wait_key(request_id).bytes()});
}

}  // namespace fogbank::lambda
