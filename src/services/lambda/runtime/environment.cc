// An environment's life: its sandbox, its init phase, its end. The invocation is in environment_invocation.cc.
#include "services/lambda/runtime/environment.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/runtime/init_image.h"
#include "services/lambda/runtime/runtime_api.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr uint8_t kRuntimeProgram = 0;              // extensions follow
constexpr int64_t kInitMs = 10000, kProvisionedInitMs = 130000;
constexpr int64_t kTermMs = 300, kInternalShutdownMs = 500, kExternalShutdownMs = 2000;
constexpr int64_t kKilledMs = 100;                  // for the news of why something was killed
constexpr int64_t kLastWordMs = 10;                 // for an answer that was sent just before an exit
constexpr int64_t kReportedExitMs = 50;             // for an exit that follows an init error

int64_t machine_ms_in(int64_t us) { return machine_now() + us / 1000; }

/// "exit status 1", "signal: killed".
std::string status_text(int status) {
  if (WIFEXITED(status)) return cat("exit status ", WEXITSTATUS(status));
  static const std::pair<int, const char*> kNames[] = {{SIGHUP, "hangup"}, {SIGINT, "interrupt"}, {SIGQUIT, "quit"}, {SIGILL, "illegal instruction"}, {SIGTRAP, "trace/breakpoint trap"},
    {SIGABRT, "aborted"}, {SIGBUS, "bus error"}, {SIGFPE, "floating point exception"}, {SIGKILL, "killed"}, {SIGSEGV, "segmentation fault"}, {SIGPIPE, "broken pipe"},
    {SIGALRM, "alarm clock"}, {SIGTERM, "terminated"}};
  for (auto [number, name] : kNames) if (WTERMSIG(status) == number) return cat("signal: ", name);
  return cat("signal: signal ", WTERMSIG(status));
}

std::string runtime_exit_text(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "Runtime exited without providing a reason";
  return cat("Runtime exited with error: ", status_text(status));
}

/// A server must not inherit what it holds to programs; the far ends go to the sandbox only.
Result<std::pair<run::Fd, std::shared_ptr<run::Fd>>> socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail(run::system_error("no socket pair"));
  return std::pair(run::Fd(ends[0]), std::make_shared<run::Fd>(ends[1]));
}

}  // namespace

Environment::Environment(EnvironmentOwner& owner, std::shared_ptr<const FunctionSpec> spec, std::shared_ptr<const Plan> plan, RoleCredentials credentials, InitKind kind,
                         std::shared_ptr<EnvironmentLog> log)
    : owner_(owner), spec_(std::move(spec)), plan_(std::move(plan)), credentials_(std::move(credentials)), kind_(kind), lines_(*spec_), log_(std::move(log)),
      extensions_(plan_->extensions) {}

Environment::~Environment() = default;

void Environment::start(std::optional<Work> work) {
  begun_us_ = steady_micros();
  work_ = std::move(work);
  log_->begin_tail();
  std::string_view kind = kind_ == InitKind::provisioned ? "provisioned-concurrency" : "on-demand";
  log_->add(lines_.init_start(owner_.core().now(), plan_->runtime_version, kind, kind_ == InitKind::in_invocation ? "invoke" : "init"));
  if (auto launched = launch(); !launched) {
    init_failed_ = true;
    state_ = State::gone;
    // Not from inside start(): the engine is still at it.
    owner_.server().post([self = shared_from_this(), error = launched.error()] {
      self->refuse_init(error);
      self->owner_.environment_gone(*self);
    });
    return;
  }
  int64_t limit = kind_ == InitKind::in_invocation ? spec_->timeout_ms : kind_ == InitKind::provisioned ? std::max(kProvisionedInitMs, spec_->timeout_ms) : kInitMs;
  if (kind_ == InitKind::in_invocation) {
    started_us_ = begun_us_;
    deadline_us_ = begun_us_ + limit * 1000;
    request_id_ = work_->in.request_id;
  }
  limit_timer_ = owner_.timers().after(limit, [this] {
    limit_timer_ = 0;
    init_timed_out();
  });
}

Result<void> Environment::launch() {
  FB_ASSIGN(image, init_image());
  FB_ASSIGN(socket, socket_pair());
  FB_ASSIGN(lines, run::make_pipe(true));
  FB_ASSIGN(frames, run::make_pipe(true));
  run::SandboxSpec sandbox = sandbox_spec(*spec_, *plan_);
  sandbox.argv = {"/proc/self/fd/6"};
  sandbox.environment = {"PATH=/usr/bin:/bin"};
  sandbox.descriptors = {socket.second, std::make_shared<run::Fd>(std::move(lines.write)), std::make_shared<run::Fd>(std::move(frames.write)), image};
  sandbox.gauge = gauge_;
  sandbox.epoch = owner_.core().store().epoch();
  log_->connect(owner_.server(), std::move(lines.read), std::move(frames.read));
  control_ = std::make_unique<Control>(owner_.server(), std::move(socket.first), [this](const init::EventMessage& e, run::Fd fd) { on_event(e, std::move(fd)); }, [] {});
  FB_TRY(control_->listen(kRuntimeApiPort));
  FB_TRY(control_->listen(kEndpointPort));
  EnvironmentFacts facts{credentials_, log_->stream(), kind_ == InitKind::provisioned ? "provisioned-concurrency" : "on-demand"};
  auto variables = environment_variables(*spec_, *plan_, facts, true);
  for (size_t i = 0; i < plan_->extensions.size(); i++) {
    std::string program = "/opt/extensions/" + plan_->extensions[i];
    FB_TRY(control_->start(uint8_t(i + 1), "/var/task", {program}, variables, false));
  }
  if (plan_->extensions.empty()) start_runtime();
  http::Server* server = &owner_.server();
  FB_ASSIGN(process, owner_.core().processes().start_standing(std::move(sandbox), [server, self = shared_from_this()](run::ProcessResult&& r) {
    server->post([self, r = std::move(r)] { self->process_ended(r); });
  }));
  process_ = process;
  return {};
}

void Environment::start_runtime() {
  if (runtime_started_) return;
  runtime_started_ = true;
  if (!plan_->no_entry.empty()) {
    owner_.server().post([self = shared_from_this()] { self->runtime_ended(self->plan_->no_entry); });
    return;
  }
  EnvironmentFacts facts{credentials_, log_->stream(), kind_ == InitKind::provisioned ? "provisioned-concurrency" : "on-demand"};
  auto started = control_->start(kRuntimeProgram, "/var/task", plan_->runtime, environment_variables(*spec_, *plan_, facts, false), true);
  if (!started) owner_.server().post([self = shared_from_this(), text = started.error().message] { self->runtime_ended(text); });
}

// The first listener is the Runtime API's, the second the server's own without development credentials.
void Environment::adopt(run::Fd listener) {
  if (listening_ >= 2 || !listener) return;
  int number = owner_.core().processes().listener_number();
  listeners_[listening_++] = number;
  if (listening_ == 1) begun_us_ = kind_ == InitKind::in_invocation ? begun_us_ : steady_micros();   // the init phase begins when there is somebody to initialise
  owner_.server().adopt_listener(listener.release(), number, listening_ == 1 ? std::make_shared<RuntimeApi>(weak_from_this()) : nullptr);
}

void Environment::on_event(const init::EventMessage& event, run::Fd fd) {
  switch (event.event) {
    case init::Event::listening:
      if (event.value != 0) return fail_init("Runtime.Unknown", cat("the sandbox cannot listen: ", std::strerror(event.value)), Ending::failure);
      return adopt(std::move(fd));
    case init::Event::exited: return program_ended(event.id, false, event.value);
    case init::Event::failed: return program_ended(event.id, true, event.value);
    case init::Event::folder: return gauge_->watch_files(std::move(fd));
    case init::Event::stopped:
      if (frozen_) gauge_->still = true;
      return;
  }
}

void Environment::program_ended(uint8_t id, bool failed, int status) {
  if (ending()) {
    if (id == kRuntimeProgram) runtime_ended_ = true;
    else if (size_t(id) <= plan_->extensions.size()) extensions_.all()[id - 1]->ended = true;
    return;
  }
  if (id != kRuntimeProgram) {
    if (size_t(id) > plan_->extensions.size()) return;
    Extension& e = *extensions_.all()[id - 1];
    e.ended = true;
    return extension_failed(e, failed ? "Extension.LaunchError" : "Extension.Crash",
                            failed ? cat("fork/exec /opt/extensions/", e.name, ": ", lower(std::strerror(status))) : status_text(status));
  }
  runtime_ended_ = true;
  if (failed) return runtime_ended(cat("fork/exec ", plan_->runtime[0], ": ", lower(std::strerror(status))));
  // Who is killed may have been killed for its memory, and who exits may have said something before: that news comes by other ways.
  if (death_timer_) return;
  death_timer_ = owner_.timers().after(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? kKilledMs : kLastWordMs, [this, status] {
    death_timer_ = 0;
    runtime_ended(runtime_exit_text(status));
  });
}

void Environment::runtime_ended(std::string text) {
  if (ending()) return;
  owner_.timers().cancel(death_timer_);
  log_->drain();
  log_->end_line();
  bool entry = text.starts_with("fork/exec") || text.starts_with("Couldn't find");
  std::string type = entry ? "Runtime.InvalidEntrypoint" : "Runtime.ExitError";
  if (state_ == State::starting && init_error_) return fail_init(init_error_->first, init_error_->second, Ending::error);
  if (state_ == State::starting) return fail_init(type, text, Ending::error);
  if (state_ == State::busy && !answered_) {
    conclude_failure(type, text, Ending::error);
  } else if (state_ == State::busy) {
    log_->add(lines_.failure(owner_.core().now(), request_id_, cat(text, "\n", type)));
    finish_late();
  }
  end(ShutdownReason::failure);
}

/// An invocation that was answered ends with its environment.
void Environment::finish_late() {
  if (!reported_) report();
  deliver();
}

void Environment::refuse_init(const ApiError& error) {
  if (work_) return deliver_refusal(Outcome::Kind::refused, error);
  InitFailure failure;
  failure.refused = error;
  owner_.environment_init_failed(*this, std::move(failure));
}

// The sandbox is gone, with everything in it.
void Environment::process_ended(const run::ProcessResult& r) {
  process_.reset();
  if (state_ == State::gone) return;
  auto self = shared_from_this();
  log_->close();
  if (r.error) fogbank::log(LogLevel::warning, cat("environment of ", spec_->function_arn, ": ", r.error->message));
  const bool was_starting = state_ == State::starting, was_busy = state_ == State::busy;
  if (!r.abandoned && r.too_many_processes) log_->add(cat("The environment was ended: it had more than ", 1024, " processes and threads.\n"));
  if (!r.abandoned && r.too_many_files) log_->add(cat("The environment was ended: it had more than ", run::kMaxFiles, " files in /tmp.\n"));
  if (r.abandoned) {
    init_failed_ = true;
    if (work_ && !delivered_) deliver_refusal(Outcome::Kind::unavailable, ApiError("ServiceUnavailable", "The server was reset or is ending.", 503));
  } else if (r.error && was_starting && !init_failed_) {
    init_failed_ = true;
    refuse_init(*r.error);
  } else if (was_starting && !init_failed_) {
    fail_init(r.out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError", "Runtime exited with error: signal: killed", Ending::error);
  } else if (was_busy && !answered_) {
    conclude_failure(r.out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError", "Runtime exited with error: signal: killed", Ending::error);
  } else if (was_busy) {
    finish_late();
  }
  state_ = State::gone;
  drop_exchanges();
  for (uint64_t* t : {&limit_timer_, &freeze_timer_, &kill_timer_, &term_timer_, &death_timer_}) owner_.timers().cancel(*t);
  for (int number : listeners_) if (number) owner_.server().close_listener(number);
  control_.reset();
  owner_.environment_gone(*this);
}

// ---- init ----

void Environment::extension_registered() {
  if (state_ == State::starting && extensions_.all_registered()) start_runtime();
}

void Environment::maybe_ready() {
  if (state_ == State::starting) {
    if (next_ && extensions_.all_ready()) init_ended();
  } else if (state_ == State::busy && answered_ && next_ && extensions_.all_ready()) {
    became_idle();
  }
}

void Environment::init_ended() {
  owner_.timers().cancel(limit_timer_);
  init_us_ = std::max<int64_t>(1, steady_micros() - begun_us_);
  log_->add(lines_.init_report(owner_.core().now(), {init_us_, kind_ == InitKind::in_invocation ? "invoke" : "init", Ending::success, {}}));
  for (auto& e : extensions_.all())
    log_->add(lines_.extension(owner_.core().now(), e->name, "Ready", e->events(), {}));
  state_ = State::ready;
  idle_since_ = owner_.core().now();
  if (work_) {
    Work work = std::move(*work_);
    work_.reset();
    return invoke(std::move(work));
  }
  owner_.environment_ready(*this);
}

void Environment::init_timed_out() {
  if (kind_ == InitKind::in_invocation) return time_out();
  fail_init("Sandbox.Timedout", "", Ending::timeout);
}

void Environment::runtime_init_error(std::shared_ptr<http::Exchange> x, std::string error_type, std::string body) {
  if (state_ != State::starting || !runtime_started_ || init_failed_ || init_error_)
    return answer_refusal(*x, 403, "InvalidStateTransition", "Transition from Ready to InitError failed for runtime. Error: State transition is not allowed");
  answer_ok(*x);
  if (error_type.empty()) error_type = "Runtime.Unknown";
  // Its exit follows; what it still writes belongs to the log.
  init_error_.emplace(std::move(error_type), std::move(body));
  death_timer_ = owner_.timers().after(kReportedExitMs, [this] {
    death_timer_ = 0;
    log_->drain();
    log_->end_line();
    fail_init(init_error_->first, init_error_->second, Ending::error);
  });
}

// `payload`: the error's document, or a text of the platform.
void Environment::fail_init(std::string error_type, std::string payload, Ending ending) {
  if (init_failed_) return;
  init_failed_ = true;
  owner_.timers().cancel(death_timer_);
  owner_.timers().cancel(limit_timer_);
  Millis now = owner_.core().now();
  log_->drain();
  for (auto& e : extensions_.all())
    if (e->registered) log_->add(lines_.extension(now, e->name, e->ready ? "Ready" : "Registered", e->events(), {}));
  log_->add(lines_.init_report(now, {steady_micros() - begun_us_, kind_ == InitKind::in_invocation ? "invoke" : "init", ending, error_type}));
  InitFailure failure;
  failure.error_type = error_type;
  failure.payload = payload.starts_with('{') ? payload : std::string();
  if (work_) {
    // Already within an invocation: that is what it answers.
    state_ = State::busy;
    first_ = false;
    log_->add(lines_.start(now, work_->in.request_id));
    if (payload.starts_with('{')) {
      Outcome o;
      o.kind = Outcome::Kind::function_error;
      o.payload = payload;
      o.error_type = error_type;
      conclude(std::move(o), ending);
    } else {
      conclude_failure(error_type, payload, ending);
    }
    return end(ShutdownReason::failure);
  }
  owner_.environment_init_failed(*this, std::move(failure));
  end(ShutdownReason::failure);
}

void Environment::extension_next(Extension& e, std::shared_ptr<http::Exchange> x) {
  if (e.next) e.next->drop();
  e.ready = true;
  e.next = std::move(x);
  maybe_ready();
}

void Environment::extension_failed(Extension& e, std::string error_type, std::string text) {
  if (ending()) return;
  log_->drain();
  log_->add(lines_.extension(owner_.core().now(), e.name, state_ == State::starting ? "LaunchError" : "Exited", e.events(), error_type));
  if (state_ == State::starting) return fail_init(error_type, text, Ending::error);
  if (state_ == State::busy && !answered_) conclude_failure(error_type, text, Ending::error);
  else if (state_ == State::busy) finish_late();
  end(ShutdownReason::failure);
}

// ---- the end ----

std::string Environment::shutdown_event(ShutdownReason reason) const {
  const char* text = reason == ShutdownReason::timeout ? "timeout" : reason == ShutdownReason::failure ? "failure" : "spindown";
  return cat("{\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"", text, "\",\"deadlineMs\":", machine_ms_in(kExternalShutdownMs * 1000), "}");
}

void Environment::end(ShutdownReason reason) {
  if (ending()) return;
  state_ = State::ending;
  for (uint64_t* t : {&limit_timer_, &freeze_timer_, &death_timer_}) owner_.timers().cancel(*t);
  bool wanted = false;
  for (auto& e : extensions_.all()) wanted = wanted || (e->registered && !e->ended && (e->shutdown || !e->external));
  if (!wanted) return kill();
  thaw();
  if (!runtime_ended_) (void)control_->signal(kRuntimeProgram, reason == ShutdownReason::spindown ? SIGTERM : SIGKILL);
  for (auto& e : extensions_.all()) {
    if (!e->shutdown || !e->next) continue;
    auto x = std::exchange(e->next, nullptr);
    http::Reply r;
    r.fields = "Content-Type: application/json\r\nLambda-Extension-Event-Identifier: " + owner_.core().random().uuid() + "\r\n";
    r.body = shutdown_event(reason);
    x->reply(std::move(r));
  }
  bool external = extensions_.any_external();
  if (external) term_timer_ = owner_.timers().after(kTermMs, [this] {
    term_timer_ = 0;
    if (!runtime_ended_ && control_) (void)control_->signal(kRuntimeProgram, SIGKILL);
  });
  kill_timer_ = owner_.timers().after(external ? kExternalShutdownMs : kInternalShutdownMs, [this] {
    kill_timer_ = 0;
    kill();
  });
}

void Environment::kill() {
  if (process_) owner_.core().processes().stop_standing(*process_);
}

void Environment::drop_exchanges() {
  if (auto x = std::exchange(next_, nullptr)) x->drop();
  for (auto& e : extensions_.all())
    if (auto x = std::exchange(e->next, nullptr)) x->drop();
}

void Environment::thaw() {
  owner_.timers().cancel(freeze_timer_);
  if (!std::exchange(frozen_, false)) return;
  gauge_->still = false;
  if (control_) (void)control_->go_on();
}

}  // namespace fogbank::lambda::runtime
