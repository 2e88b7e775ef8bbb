// One execution environment: a sandbox with process 1 (init/), external extensions and a runtime, and the conversation with them over the Runtime
// and Extensions APIs. Loop's thread only.
//
//   start() → init phase → ready ⇄ busy (one invocation) → end() → gone
//
// It is kept alive by the engine's table until its sandbox has ended, so every callback finds it. What a runtime or extension says is checked
// against the state here (runtime_api.h only reads requests); a function can lie about nothing but its own invocation.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "http/server.h"
#include "run/processes.h"
#include "services/lambda/runtime/control.h"
#include "services/lambda/runtime/environment_log.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/runtime/extensions.h"
#include "services/lambda/runtime/log_lines.h"
#include "services/lambda/runtime/plan.h"
#include "services/lambda/runtime/timers.h"

namespace fogbank::lambda::runtime {

/// An accepted invocation on its way.
struct Work {
  Invocation in;
  Done done;
  int64_t accepted_us = 0;
};

struct InitFailure {
  std::string error_type, payload;   ///< payload: what the invocation answers
  std::optional<ApiError> refused;   ///< the environment could not be made at all
  bool abandoned = false;
};

class Environment;

class EnvironmentOwner {
 public:
  virtual ~EnvironmentOwner() = default;
  virtual Core& core() = 0;
  virtual http::Server& server() = 0;
  virtual Timers& timers() = 0;
  virtual void log_pending(std::shared_ptr<EnvironmentLog> log) = 0;
  /// The init phase has ended well, or an invocation has come to its end: it can take the next.
  virtual void environment_ready(Environment& e) = 0;
  /// The outcome of its invocation has been given; it may still be at work on the rest.
  virtual void environment_answered(Environment& e) = 0;   ///< its outcome was given; it has not asked for more yet
  virtual void environment_init_failed(Environment& e, InitFailure failure) = 0;
  virtual void environment_gone(Environment& e) = 0;
};

enum class InitKind : uint8_t { on_demand, provisioned, in_invocation };
enum class ShutdownReason : uint8_t { spindown, timeout, failure };

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  Environment(EnvironmentOwner& owner, std::shared_ptr<const FunctionSpec> spec, std::shared_ptr<const Plan> plan, RoleCredentials credentials, InitKind kind,
              std::shared_ptr<EnvironmentLog> log);
  ~Environment();

  /// `work`: for InitKind::in_invocation, whose time limit then includes the init phase.
  void start(std::optional<Work> work = {});
  /// Only while ready().
  void invoke(Work work);
  /// Ends it, politely if extensions run in it. A waiting invocation ends with `outcome`'s error.
  void end(ShutdownReason reason);

  const std::shared_ptr<const FunctionSpec>& spec() const { return spec_; }
  const std::shared_ptr<EnvironmentLog>& log() const { return log_; }
  InitKind kind() const { return kind_; }
  /// It waits for an invocation, and its connection still stands.
  bool ready() const { return state_ == State::ready && next_ && !next_->gone(); }
  bool starting() const { return state_ == State::starting; }
  bool ending() const { return state_ == State::ending || state_ == State::gone; }
  /// Its outcome was given and it has not asked for the next invocation yet.
  bool returning() const { return state_ == State::busy && answered_; }
  Millis credentials_expire() const { return credentials_.expires_at; }
  Millis idle_since() const { return idle_since_; }
  int64_t answered_us() const { return answered_us_; }
  bool executing() const { return state_ == State::busy && !answered_; }
  /// How long its newest invocation took (negative if it gave no answer), and its start.
  int64_t took_us() const { return answered_us_ - started_us_; }
  int64_t init_us() const { return init_us_; }

  // What the runtime says (runtime_api.h).
  void runtime_next(std::shared_ptr<http::Exchange> x);
  void runtime_init_error(std::shared_ptr<http::Exchange> x, std::string error_type, std::string body);
  /// Null if an answer for this id may begin now; else the refusal was sent.
  bool begin_answer(http::Exchange& x, std::string_view request_id, bool error);
  void answer(std::string body);
  void answer_error(std::string error_type, std::string body);
  void answer_too_large();
  void stream_begins(std::string_view content_type, std::function<void()> resume);
  bool stream_data(std::string_view piece);   ///< false: wait for resume
  void stream_ends(std::string error_type, std::string error_body);
  void stream_broken();
  // What extensions say.
  Extensions& extensions() { return extensions_; }
  void extension_registered();
  void extension_next(Extension& e, std::shared_ptr<http::Exchange> x);
  void extension_failed(Extension& e, std::string error_type, std::string error_text);

 private:
  friend class RuntimeApi;
  enum class State : uint8_t { starting, ready, busy, ending, gone };

  Result<void> launch();
  void adopt(run::Fd listener);
  void on_event(const init::EventMessage& event, run::Fd fd);
  void program_ended(uint8_t id, bool failed, int status);
  void runtime_ended(std::string text);
  void process_ended(const run::ProcessResult& result);
  void start_runtime();
  void maybe_ready();
  void init_ended();
  void init_timed_out();
  void fail_init(std::string error_type, std::string payload, Ending ending);
  void deliver_work();
  void time_out();
  /// The invocation has an outcome. `ending`: how it goes into the log.
  void conclude(Outcome&& outcome, Ending ending);
  void conclude_failure(std::string error_type, std::string message, Ending ending);
  void report();
  void deliver();
  void deliver_refusal(Outcome::Kind kind, const ApiError& error);
  void finish_late();
  void refuse_init(const ApiError& error);
  void became_idle();
  void thaw();
  void kill();
  void drop_exchanges();
  std::string shutdown_event(ShutdownReason reason) const;

  EnvironmentOwner& owner_;
  const std::shared_ptr<const FunctionSpec> spec_;
  const std::shared_ptr<const Plan> plan_;
  const RoleCredentials credentials_;
  const InitKind kind_;
  const LogLines lines_;
  std::shared_ptr<EnvironmentLog> log_;
  Extensions extensions_;
  State state_ = State::starting;

  // The sandbox.
  std::unique_ptr<Control> control_;
  std::shared_ptr<run::SandboxGauge> gauge_ = std::make_shared<run::SandboxGauge>();
  std::optional<uint64_t> process_;
  int listeners_[2] = {0, 0}, listening_ = 0;
  bool runtime_started_ = false, runtime_ended_ = false, frozen_ = false, init_failed_ = false, stopping_ = false;
  std::optional<std::pair<std::string, std::string>> init_error_;   ///< what the runtime said of its init phase: type, document
  std::shared_ptr<http::Exchange> next_;      ///< the runtime waits for an invocation
  uint64_t limit_timer_ = 0, freeze_timer_ = 0, kill_timer_ = 0, term_timer_ = 0, death_timer_ = 0;
  int64_t begun_us_ = 0, init_us_ = 0;
  Millis idle_since_ = 0;

  // The invocation.
  std::optional<Work> work_;
  std::string request_id_, last_request_id_;
  int64_t started_us_ = 0, answered_us_ = 0, deadline_us_ = 0, streamed_ = 0;
  Outcome outcome_;
  Ending ending_ = Ending::success;
  bool answering_ = false, answered_ = false, reported_ = false, delivered_ = false, streams_ = false, first_ = true;
};

}  // namespace fogbank::lambda::runtime
