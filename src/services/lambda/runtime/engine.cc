#include "services/lambda/runtime/engine.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "run/pool.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr Millis kIdleMillis = 10 * 60000;          // on the virtual clock
constexpr Millis kCredentialMargin = 60000;
constexpr int64_t kReturningUs = 100000;             // who has answered is expected to ask for more within this time
constexpr int64_t kFlushMs = 100, kSweepMs = 1000;

int parallel_starts() { return std::max(4, 2 * int(std::thread::hardware_concurrency())); }

size_t environments_of_this_machine() {
  if (const char* set = getenv("FOGBANK_LAMBDA_ENVIRONMENTS")) return size_t(std::max<int64_t>(1, parse_int(set).value_or(1)));
  int64_t memory = int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return size_t(std::clamp<int64_t>(memory / (96 << 20), 16, 1000));
}

void average(int64_t& mean, int64_t value) { mean = mean ? mean + (value - mean) / 4 : value; }

std::string account_key(const FunctionSpec& spec) { return cat(spec.account, "/", spec.region); }

}  // namespace

Engine::Engine(Core& core) : core_(core), epoch_(core.store().epoch()), most_environments_(environments_of_this_machine()) {
  std::string data = core.settings().data_directory;
  if (data.empty()) {
    char name[] = "/tmp/fogbank-lambda-XXXXXX";
    if (mkdtemp(name)) data = temporary_ = name;
  }
  root_ = data + "/lambda";
  std::error_code ec;
  std::filesystem::create_directories(root_, ec);
  if (ec) log(LogLevel::error, cat("cannot make ", root_, ": ", ec.message()));
}

http::Server& Engine::server() { return *core_.server; }

Timers& Engine::timers() {
  if (!timers_) timers_ = std::make_unique<Timers>(*core_.server);
  return *timers_;
}

// A failure is not remembered: it may be mended while the server runs.
Result<void> Engine::try_sandbox() {
  std::lock_guard<std::mutex> lock(trial_mutex_);
  if (sandbox_works_) return {};
  run::SandboxSpec spec;
  spec.argv = {"/bin/true"};
  spec.time_limit_ms = 10000;
  spec.epoch = core_.store().epoch();
  auto result = std::make_shared<std::promise<run::ProcessResult>>();
  FB_TRY(core_.processes().start(std::move(spec), [result](run::ProcessResult&& r) { result->set_value(std::move(r)); }));
  run::ProcessResult r = result->get_future().get();
  if (r.error) return fail(std::move(*r.error));
  if (!r.succeeded()) return fail("SandboxFailed", "A sandbox could not be tried.", 500);
  sandbox_works_ = true;
  return {};
}

Engine::~Engine() {
  std::error_code ec;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ec);
}

// A reset or a loaded snapshot ended every process of the epoch before; what is remembered of it goes too.
bool Engine::ensure_epoch() {
  uint64_t now = core_.store().epoch();
  if (now == epoch_) return true;
  epoch_ = now;
  for (auto& [key, pool] : pools_) {
    pool.dropped = true;
    pool.provisioned_target = 0;
    refuse_waiting(pool, ApiError("ServiceUnavailable", "The server was reset.", 503));
    auto idle = std::exchange(pool.idle, {});
    for (Environment* e : idle) e->end(ShutdownReason::spindown);
  }
  return false;
}

int Engine::running(std::string_view function_arn) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = running_by_function_.find(function_arn);
  return it == running_by_function_.end() ? 0 : it->second;
}

Stats Engine::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return stats_;
}

// ---- admission ----

const char* Engine::admit(const FunctionSpec& spec, const Admission& a, Counted& as) const {
  std::lock_guard<std::mutex> lock(mutex_);
  auto running = [](const auto& map, std::string_view key) {
    auto it = map.find(key);
    return it == map.end() ? 0 : it->second;
  };
  as = a.provisioned > running(provisioned_by_key_, spec.key) ? Counted::provisioned : a.reserved ? Counted::reserved : Counted::unreserved;
  if (as == Counted::reserved && running(on_demand_by_function_, spec.function_arn) >= *a.reserved) return "ReservedFunctionConcurrentInvocationLimitExceeded";
  if (as == Counted::unreserved && running(unreserved_by_account_, account_key(spec)) >= a.unreserved) return "ConcurrentInvocationLimitExceeded";
  return nullptr;
}

void Engine::count(const FunctionSpec& spec, Counted as, int by) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto add = [by](auto& map, std::string key) {
    int& n = map[key];
    n += by;
    if (n <= 0) map.erase(key);
  };
  add(running_by_function_, spec.function_arn);
  if (as == Counted::provisioned) add(provisioned_by_key_, spec.key);
  else add(on_demand_by_function_, spec.function_arn);
  if (as == Counted::unreserved) add(unreserved_by_account_, account_key(spec));
  stats_.busy += by;
}

// Every Done is wrapped once: the count goes down with the outcome, whoever gives it.
void Engine::invoke(std::shared_ptr<const FunctionSpec> spec, Invocation in, Done done) {
  ensure_epoch();
  Counted as{};
  if (const char* reason = admit(*spec, in.admission, as)) {
    Outcome o;
    o.kind = Outcome::Kind::throttled;
    o.reason = reason;
    return server().post([done = std::move(done), o = std::move(o)]() mutable { done(std::move(o)); });
  }
  count(*spec, as, 1);
  Work work{std::move(in), nullptr, steady_micros()};
  work.done = [this, spec, as, done = std::move(done)](Outcome&& o) {
    count(*spec, as, -1);
    done(std::move(o));
  };
  Pool& pool = pool_of(spec);
  pool.waiting.push_back(std::move(work));
  serve(pool);
}

void Engine::refuse(Work work, Outcome::Kind kind, const ApiError& error) {
  Outcome o;
  o.kind = kind;
  o.error = error;
  server().post([done = std::move(work.done), o = std::move(o)]() mutable { done(std::move(o)); });
}

void Engine::refuse_waiting(Pool& pool, const ApiError& error) {
  auto waiting = std::exchange(pool.waiting, {});
  for (auto& w : waiting) refuse(std::move(w), error.status == 503 ? Outcome::Kind::unavailable : Outcome::Kind::refused, error);
}

// ---- pools ----

Engine::Pool& Engine::pool_of(const std::shared_ptr<const FunctionSpec>& spec) {
  Pool& pool = pools_[spec->key];
  if (!pool.spec || (pool.dropped && pool.all.empty())) {
    pool.spec = spec;
    pool.plan = nullptr;
  }
  pool.dropped = false;
  return pool;
}

bool Engine::usable(Environment& e) {
  if (!e.ready()) return false;
  Millis now = core_.now();
  if (e.credentials_expire() && e.credentials_expire() - kCredentialMargin <= now) return false;
  return e.kind() == InitKind::provisioned || now - e.idle_since() < kIdleMillis;
}

// Gives waiting work to idle environments and starts what is missing.
void Engine::serve(Pool& pool) {
  while (!pool.waiting.empty() && !pool.idle.empty()) {
    Environment* e = pool.idle.back();
    pool.idle.pop_back();
    if (!usable(*e)) {
      e->end(ShutdownReason::spindown);
      continue;
    }
    Work work = std::move(pool.waiting.front());
    pool.waiting.pop_front();
    e->invoke(std::move(work));
  }
  if (!pool.waiting.empty() || pool.provisioned_target > 0) start_some(pool);
}

void Engine::plan(Pool& pool) {
  if (pool.planning) return;
  pool.planning = true;
  auto spec = pool.spec;
  auto job = [weak = weak_from_this(), this, spec, epoch = epoch_, server = core_.server] {
    auto self = weak.lock();
    if (!self) return;
    auto made = make_plan(*spec, interpreters_, root_);
    server->post([weak, this, spec, epoch, made = std::move(made)] {
      if (auto again = weak.lock()) planned(spec->key, epoch, made);
    });
  };
  if (!core_.pool().try_post(job)) planned(pool.spec->key, epoch_, fail("ServiceException", "The server is busy.", 503));
}

void Engine::planned(const std::string& key, uint64_t epoch, Result<std::shared_ptr<const Plan>> made) {
  auto it = pools_.find(key);
  if (it == pools_.end() || epoch != epoch_) return;
  Pool& pool = it->second;
  pool.planning = false;
  if (!made) {
    refuse_waiting(pool, made.error());
    pool.provision_error = made.error();
    pool.provisioned_target = 0;
    check_provisioned(pool);
    return forget_if_unused(key);
  }
  pool.plan = *made;
  serve(pool);
}

// How many of those that wait are taken by executing environments before a new one could stand. None once the first has waited that long.
int Engine::served_sooner(const Pool& pool, int executing, int64_t now) const {
  if (!pool.work_us || !pool.start_us || now - pool.waiting.front().accepted_us >= pool.start_us) return 0;
  return int(std::min<int64_t>(int64_t(pool.waiting.size()), executing * (pool.start_us / pool.work_us)));
}

// How many must be started for what waits: not for those that will be served by environments which start, are about to ask for more, or answer soon.
void Engine::start_some(Pool& pool) {
  if (!pool.plan) return plan(pool);
  const int64_t now = steady_micros();
  int coming = pool.starting, returning = 0, executing = 0, provisioned = 0;
  for (auto& e : pool.all) {
    if (e->returning() && now - e->answered_us() < kReturningUs) returning++;
    if (e->executing()) executing++;
    if (e->kind() == InitKind::provisioned && !e->ending()) provisioned++;
  }
  int sooner = pool.waiting.empty() ? 0 : served_sooner(pool, executing, now);
  int wanted = int(pool.waiting.size()) - coming - returning - sooner;
  if (returning + sooner > 0 && int(pool.waiting.size()) > coming) look_again(pool, sooner ? pool.start_us : kReturningUs);
  int missing = std::max(0, pool.provisioned_target - provisioned);
  bool short_of_room = false;
  while (wanted > 0 || missing > 0) {
    if (int(starting_.size()) >= parallel_starts() || (environments_ >= most_environments_ && !make_room())) {
      short_of_room = true;
      break;
    }
    if (!start_one(pool, missing > 0 ? InitKind::provisioned : InitKind::on_demand, std::nullopt, {})) return;
    if (missing > 0) missing--;
    wanted--;
  }
  if (short_of_room && std::find(hungry_.begin(), hungry_.end(), pool.spec->key) == hungry_.end()) hungry_.push_back(pool.spec->key);
}

void Engine::look_again(Pool& pool, int64_t after_us) {
  if (std::exchange(pool.look_armed, true)) return;
  timers().after_us(after_us, [this, key = pool.spec->key] {
    auto it = pools_.find(key);
    if (it == pools_.end()) return;
    it->second.look_armed = false;
    if (!it->second.waiting.empty()) serve(it->second);
  });
}

Environment* Engine::start_one(Pool& pool, InitKind kind, std::optional<Work> work, const std::string& stream) {
  Result<RoleCredentials> credentials = pool.spec->credentials ? pool.spec->credentials() : Result<RoleCredentials>(RoleCredentials());
  if (!credentials) {
    if (work) refuse(std::move(*work), Outcome::Kind::refused, credentials.error());
    refuse_waiting(pool, credentials.error());
    pool.provision_error = credentials.error();
    pool.provisioned_target = 0;
    check_provisioned(pool);
    return nullptr;
  }
  auto log = std::make_shared<EnvironmentLog>(core_, pool.spec, stream.empty() ? new_stream(*pool.spec) : stream, [weak = weak_from_this()](std::shared_ptr<EnvironmentLog> l) {
    if (auto self = weak.lock()) self->log_pending(std::move(l));
  });
  auto e = std::make_shared<Environment>(*this, pool.spec, pool.plan, std::move(*credentials), kind, std::move(log));
  pool.all.push_back(e);
  pool.starting++;
  starting_.insert(e.get());
  environments_++;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stats_.environments++;
    stats_.starting++;
  }
  e->start(std::move(work));
  return e.get();
}

// "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
std::string Engine::new_stream(const FunctionSpec& spec) {
  std::string day = replace_all(iso8601(core_.now()).substr(0, 10), "-", "/");
  return cat(day, "/[", spec.version, "]", core_.random().hex(32));
}

// The idle environment that was used longest ago ends, whosever it is.
bool Engine::make_room() {
  Pool* from = nullptr;
  for (auto& [key, pool] : pools_)
    if (!pool.idle.empty() && pool.idle.front()->kind() != InitKind::provisioned && (!from || pool.idle.front()->answered_us() < from->idle.front()->answered_us())) from = &pool;
  if (!from) return false;
  Environment* e = from->idle.front();
  from->idle.erase(from->idle.begin());
  e->end(ShutdownReason::spindown);
  return false;   // there is room when it is gone
}

void Engine::forget_if_unused(const std::string& key) {
  auto it = pools_.find(key);
  if (it == pools_.end()) return;
  Pool& p = it->second;
  if (p.all.empty() && p.waiting.empty() && !p.planning && p.provisioned_target == 0) pools_.erase(it);
}

void Engine::left_starting(Pool& pool, Environment& e) {
  if (!starting_.erase(&e)) return;
  pool.starting--;
  std::lock_guard<std::mutex> lock(mutex_);
  stats_.starting--;
}

// Something ended or began to stand: others may have waited for that.
void Engine::serve_hungry() {
  if (hungry_.empty()) return;
  auto waiting = std::exchange(hungry_, {});
  for (const auto& key : waiting) {
    auto it = pools_.find(key);
    if (it != pools_.end()) serve(it->second);
  }
}

// ---- what environments say ----

void Engine::environment_ready(Environment& e) {
  ensure_epoch();
  auto it = pools_.find(e.spec()->key);
  if (it == pools_.end()) return e.end(ShutdownReason::spindown);
  Pool& pool = it->second;
  if (pool.dropped) return e.end(ShutdownReason::spindown);
  pool.idle.push_back(&e);
  if (starting_.count(&e)) average(pool.start_us, e.init_us());
  left_starting(pool, e);
  const std::string key = e.spec()->key;
  if (pool.provisioned_done) check_provisioned(pool);
  serve(pool);
  serve_hungry();
  arm_sweep();
}

void Engine::environment_answered(Environment& e) {
  auto it = pools_.find(e.spec()->key);
  if (it != pools_.end() && e.took_us() > 0) average(it->second.work_us, e.took_us());
}

void Engine::environment_init_failed(Environment& e, InitFailure failure) {
  auto it = pools_.find(e.spec()->key);
  if (it == pools_.end()) return;
  Pool& pool = it->second;
  if (failure.refused) {
    refuse_waiting(pool, *failure.refused);
    pool.provision_error = failure.refused;
  } else if (e.kind() == InitKind::provisioned) {
    pool.provision_error = ApiError(failure.error_type, failure.payload.empty() ? failure.error_type : failure.payload, 500);
  } else if (!pool.waiting.empty()) {
    // AWS tries the init phase again within the invocation, and that one's failure is the invocation's.
    Work work = std::move(pool.waiting.front());
    pool.waiting.pop_front();
    start_one(pool, InitKind::in_invocation, std::move(work), e.log()->stream());
  }
  if (e.kind() == InitKind::provisioned) {
    pool.provisioned_target = 0;   // it would fail again
    check_provisioned(pool);
  }
}

void Engine::environment_gone(Environment& e) {
  const std::string key = e.spec()->key;
  auto it = pools_.find(key);
  if (it == pools_.end()) return;
  Pool& pool = it->second;
  std::erase(pool.idle, &e);
  auto held = e.shared_from_this();
  std::erase(pool.all, held);
  environments_--;
  left_starting(pool, e);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stats_.environments--;
  }
  ensure_epoch();
  if (!pool.waiting.empty() || pool.provisioned_target > 0) serve(pool);
  serve_hungry();
  forget_if_unused(key);
}

// ---- provisioned concurrency ----

void Engine::provision(std::shared_ptr<const FunctionSpec> spec, int count, Provisioned done) {
  ensure_epoch();
  Pool& pool = pool_of(spec);
  if (pool.provisioned_done) {
    auto earlier = std::exchange(pool.provisioned_done, nullptr);
    earlier(0, ApiError("ResourceConflictException", "Another number was asked for.", 409));
  }
  pool.provisioned_target = count;
  pool.provision_error.reset();
  pool.provisioned_done = std::move(done);
  int have = 0;
  for (auto& e : pool.all) if (e->kind() == InitKind::provisioned && !e->ending()) have++;
  auto idle = pool.idle;
  for (Environment* e : idle) {
    if (have <= count || e->kind() != InitKind::provisioned) continue;
    std::erase(pool.idle, e);
    e->end(ShutdownReason::spindown);
    have--;
  }
  if (have < count) serve(pool);
  check_provisioned(pool);
}

void Engine::check_provisioned(Pool& pool) {
  if (!pool.provisioned_done) return;
  int ready = 0;
  for (auto& e : pool.all) if (e->kind() == InitKind::provisioned && !e->ending() && !e->starting()) ready++;
  if (ready < pool.provisioned_target) return;
  auto done = std::exchange(pool.provisioned_done, nullptr);
  server().post([done, ready, error = pool.provision_error] { done(ready, error); });
}

void Engine::drop(std::string_view function_arn, std::string_view key) {
  std::vector<std::string> unused;
  for (auto& [k, pool] : pools_) {
    if (pool.spec->function_arn != function_arn || (!key.empty() && k != key)) continue;
    pool.dropped = true;
    pool.provisioned_target = 0;
    auto idle = std::exchange(pool.idle, {});
    for (Environment* e : idle) e->end(ShutdownReason::spindown);
    unused.push_back(k);
  }
  for (const auto& k : unused) forget_if_unused(k);
}

// ---- time ----

void Engine::log_pending(std::shared_ptr<EnvironmentLog> log) {
  pending_logs_.push_back(std::move(log));
  if (std::exchange(flush_armed_, true)) return;
  timers().after(kFlushMs, [this] {
    flush_armed_ = false;
    flush_logs();
  });
}

void Engine::flush_logs() {
  std::vector<LogBatch> batches;
  auto logs = std::exchange(pending_logs_, {});
  for (auto& log : logs) {
    batches.push_back(log->take());
    if (batches.back().events.empty()) batches.pop_back();
  }
  if (sink_ && !batches.empty()) sink_->write(std::move(batches));
}

void Engine::arm_sweep() {
  if (std::exchange(sweep_armed_, true)) return;
  timers().after(kSweepMs, [this] {
    sweep_armed_ = false;
    sweep();
  });
}

// Ends what has been idle for long or whose credentials have run out; while there is any environment.
void Engine::sweep() {
  ensure_epoch();
  std::vector<std::string> keys;
  for (auto& [key, pool] : pools_) keys.push_back(key);
  for (const auto& key : keys) {
    auto it = pools_.find(key);
    if (it == pools_.end()) continue;
    auto idle = it->second.idle;
    for (Environment* e : idle) {
      if (usable(*e)) continue;
      std::erase(it->second.idle, e);
      e->end(ShutdownReason::spindown);
    }
  }
  if (environments_) arm_sweep();
}

}  // namespace fogbank::lambda::runtime
