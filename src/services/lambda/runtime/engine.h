// The pool behind Environments: which environment takes which invocation, how many there are, when they end. Loop's thread only.
//
// A Pool per FunctionSpec::key. An invocation goes to an idle environment (the one used last); else a new one is started and the invocation waits
// in the pool's queue, from which whoever becomes free first takes it. Few start at once, and none for work that those which are there will have
// taken before a new one could stand (judged by what invocations and starts of this function took): a burst of short invocations is served sooner
// that way, and a function that takes long gets an environment for each. At the machine's bound the idle one used longest ago makes room, and if there is
// none the invocation waits.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "services/lambda/runtime/environment.h"
#include "services/lambda/runtime/interpreters.h"

namespace fogbank::lambda::runtime {

class Engine final : public EnvironmentOwner, public std::enable_shared_from_this<Engine> {
 public:
  explicit Engine(Core& core);
  ~Engine() override;

  // Any thread.
  Interpreters& interpreters() { return interpreters_; }
  const std::string& root() const { return root_; }
  /// Whether sandboxes work on this machine: tried once, which takes some milliseconds; not on the loop.
  Result<void> try_sandbox();
  int running(std::string_view function_arn) const;
  Stats stats() const;

  // Loop's thread.
  void set_log_sink(std::shared_ptr<LogSink> sink) { sink_ = std::move(sink); }
  void invoke(std::shared_ptr<const FunctionSpec> spec, Invocation in, Done done);
  using Provisioned = std::function<void(int, std::optional<ApiError>)>;
  void provision(std::shared_ptr<const FunctionSpec> spec, int count, Provisioned done);
  void drop(std::string_view function_arn, std::string_view key);

  // EnvironmentOwner
  Core& core() override { return core_; }
  http::Server& server() override;
  Timers& timers() override;
  void log_pending(std::shared_ptr<EnvironmentLog> log) override;
  void environment_ready(Environment& e) override;
  void environment_answered(Environment& e) override;
  void environment_init_failed(Environment& e, InitFailure failure) override;
  void environment_gone(Environment& e) override;

 private:
  struct Pool {
    std::shared_ptr<const FunctionSpec> spec;
    std::shared_ptr<const Plan> plan;
    bool planning = false, dropped = false, look_armed = false;
    std::deque<Work> waiting;
    std::vector<Environment*> idle;          ///< the one used last at the end
    std::vector<std::shared_ptr<Environment>> all;
    int starting = 0;
    int64_t work_us = 0, start_us = 0;       ///< moving averages of an invocation and of a start; 0: not known yet
    int provisioned_target = 0;
    Provisioned provisioned_done;
    std::optional<ApiError> provision_error;
  };

  bool ensure_epoch();
  Pool& pool_of(const std::shared_ptr<const FunctionSpec>& spec);
  /// Why it may not run now; null if it may.
  enum class Counted : uint8_t { provisioned, reserved, unreserved };
  const char* admit(const FunctionSpec& spec, const Admission& a, Counted& as) const;
  void count(const FunctionSpec& spec, Counted as, int by);
  void serve(Pool& pool);
  bool usable(Environment& e);
  void plan(Pool& pool);
  void planned(const std::string& key, uint64_t epoch, Result<std::shared_ptr<const Plan>> plan);
  void start_some(Pool& pool);
  /// Serves it again after this time if something waits then.
  void look_again(Pool& pool, int64_t after_us);
  int served_sooner(const Pool& pool, int executing, int64_t now) const;
  Environment* start_one(Pool& pool, InitKind kind, std::optional<Work> work, const std::string& stream);
  bool make_room();
  void refuse_waiting(Pool& pool, const ApiError& error);
  void refuse(Work work, Outcome::Kind kind, const ApiError& error);
  void check_provisioned(Pool& pool);
  void forget_if_unused(const std::string& key);
  void left_starting(Pool& pool, Environment& e);
  void serve_hungry();
  std::string new_stream(const FunctionSpec& spec);
  void flush_logs();
  void sweep();
  void arm_sweep();

  Core& core_;
  Interpreters interpreters_;
  std::string root_, temporary_;
  std::unique_ptr<Timers> timers_;
  std::shared_ptr<LogSink> sink_;
  std::vector<std::shared_ptr<EnvironmentLog>> pending_logs_;
  bool flush_armed_ = false, sweep_armed_ = false;
  uint64_t epoch_ = 0;
  std::unordered_map<std::string, Pool> pools_;
  std::vector<std::string> hungry_;          ///< pools that could not start what they need
  size_t environments_ = 0;
  std::unordered_set<Environment*> starting_;
  const size_t most_environments_;

  std::mutex trial_mutex_;
  bool sandbox_works_ = false;
  mutable std::mutex mutex_;                 ///< guards the counts, which are read from other threads
  std::map<std::string, int, std::less<>> running_by_function_, on_demand_by_function_, unreserved_by_account_, provisioned_by_key_;
  Stats stats_;
};

}  // namespace fogbank::lambda::runtime
