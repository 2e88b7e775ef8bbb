#include "services/lambda/runtime/environments.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "http/server.h"
#include "run/processes.h"
#include "services/lambda/runtime/engine.h"

namespace fogbank::lambda::runtime {
namespace {

/// Runs f on the loop: at once if this is it.
void on_loop(Core& core, std::function<void()> f) {
  if (!core.server) return;
  if (core.server->in_loop()) f();
  else core.server->post(std::move(f));
}

}  // namespace

Environments::Environments(Core& core) : engine_(std::make_shared<Engine>(core)) {}
Environments::~Environments() = default;

void Environments::set_log_sink(std::shared_ptr<LogSink> sink) {
  on_loop(engine_->core(), [engine = engine_, sink = std::move(sink)] { engine->set_log_sink(sink); });
}

void Environments::invoke(std::shared_ptr<const FunctionSpec> function, Invocation invocation, Done done) {
  http::Server* server = engine_->core().server;
  if (!server) {   // only where no loop runs (tests of services): nothing can run there
    Outcome o;
    o.kind = Outcome::Kind::unavailable;
    o.error = ApiError("ServiceUnavailable", "No server runs that could serve a function.", 503);
    return done(std::move(o));
  }
  if (server->in_loop()) return engine_->invoke(std::move(function), std::move(invocation), std::move(done));
  server->post([engine = engine_, function = std::move(function), invocation = std::move(invocation), done = std::move(done)]() mutable {
    engine->invoke(std::move(function), std::move(invocation), std::move(done));
  });
}

Result<RuntimeReport> Environments::check(const FunctionSpec& function) {
  FB_ASSIGN(plan, make_plan(function, engine_->interpreters(), engine_->root()));
  FB_TRY(engine_->try_sandbox());
  return RuntimeReport{plan->choice.description(), plan->choice.exact};
}

void Environments::provision(std::shared_ptr<const FunctionSpec> function, int count, std::function<void(int, std::optional<ApiError>)> done) {
  if (!engine_->core().server) return done(0, ApiError("ServiceUnavailable", "No server runs that could serve a function.", 503));
  on_loop(engine_->core(), [engine = engine_, function = std::move(function), count, done = std::move(done)] { engine->provision(function, count, done); });
}

void Environments::drop(std::string_view function_arn, std::string_view key) {
  on_loop(engine_->core(), [engine = engine_, arn = std::string(function_arn), key = std::string(key)] { engine->drop(arn, key); });
}

void Environments::set_strict_runtimes(bool strict) { engine_->interpreters().set_strict(strict); }

int Environments::running(std::string_view function_arn) const { return engine_->running(function_arn); }
Stats Environments::stats() const { return engine_->stats(); }
void Environments::shut_down() { engine_->core().processes().shut_down(); }
std::string Environments::store_root() const { return engine_->root(); }

Result<RuntimeReport> Environments::stand_in(std::string_view runtime) {
  FB_ASSIGN(choice, engine_->interpreters().find(runtime));
  return RuntimeReport{choice.description(), choice.exact};
}

std::vector<std::string> Environments::describe() {
  auto lines = engine_->interpreters().describe();
  auto tried = engine_->try_sandbox();
  if (!tried) lines.insert(lines.begin(), cat("functions cannot run: ", tried.error().message));
  return lines;
}

}  // namespace fogbank::lambda::runtime
