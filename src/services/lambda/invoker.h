// What starts functions: the way from a version's record to the execution environments, for every kind of invocation.
//
// It keeps specs of versions in use, the answers that parked Invoke calls wait for, and the events under way. None of it survives a restart:
// clients of parked calls ask again, events are tasks. Loop thread, but for spec() and run(), which any thread may call.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/context.h"
#include "services/lambda/functions.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda {

class State;

/// An invocation on its way, before the version is known to be ready.
struct Run {
  Scope scope;
  FunctionPtr function;
  VersionPtr version;
  runtime::Invocation invocation;
};

/// What an alias leads to this time: its version, or one of its further ones by their weights.
Result<VersionPtr> choose_version(State& state, store::Reader& reader, const FunctionRef& ref, const Target& target, Random& random);

class Invoker {
 public:
  Invoker(Core& core, State& state);
  ~Invoker();

  /// `done` is called once, on the loop (where no server runs: on any thread), never from inside.
  void run(Run run, runtime::Done done);
  /// The same for work that waits its turn: at most kEventsAtOnce under way in all.
  void run_in_turn(Run run, runtime::Done done);

  std::shared_ptr<const runtime::FunctionSpec> spec(const Scope& scope, const Function& function, const Version& version);
  runtime::Admission admission(const Scope& scope, const Function& function, const Version& version);

  /// A synchronous invocation between the runs of its parked call.
  struct Waiting {
    std::optional<runtime::Outcome> outcome;
    std::string executed_version;
    std::shared_ptr<void> stream;            ///< of a streaming one: its sink
  };
  std::shared_ptr<Waiting> find_waiting(std::string_view request_id);
  std::shared_ptr<Waiting> add_waiting(std::string_view request_id);
  /// Lets the parked call run again; it takes its Waiting away when it answers.
  void wake(const std::string& request_id);
  void remove_waiting(std::string_view request_id);
  static store::Key wait_key(std::string_view request_id);

 private:
  static constexpr size_t kEventsAtOnce = 64, kSpecs = 10000;
  void start(Run run, std::shared_ptr<const runtime::FunctionSpec> spec, runtime::Done done);
  void next_in_turn();
  void on_loop(std::function<void()> f);

  Core& core_;
  State& state_;
  std::shared_ptr<runtime::LogSink> log_sink_;
  std::mutex mutex_;
  struct Known { int64_t change; uint64_t function_id; std::shared_ptr<const runtime::FunctionSpec> spec; };
  std::unordered_map<std::string, Known> specs_;
  std::unordered_map<std::string, std::shared_ptr<Waiting>> waiting_;
  std::deque<std::pair<Run, runtime::Done>> turn_;
  size_t in_turn_ = 0;
};

}  // namespace fogbank::lambda
