// The execution environments of functions: sandboxes that are started, invoked, frozen, reused and ended here.
//
// One Environments per Core (`core.state<lambda::runtime::Environments>()`). An environment runs one version of one function with one
// configuration (FunctionSpec::key) and one invocation at a time; further invocations get further environments up to the concurrency given with each.
// Nothing of it is a record: what must survive a crash (an asynchronous invocation, a queue's message) is its caller's task, and the kernel ends
// the processes with the server. A reset or a loaded snapshot (a new epoch of the store) ends all of them; their invocations end with `unavailable`.
// Threads: every member may be called from any thread and none blocks. All callbacks (Done, LogSink, ResponseSink, providers) run on the
// server's loop, never from inside the call that they belong to, and must not block either.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fogbank { class Core; }

namespace fogbank::lambda::runtime {

class Engine;

/// Temporary credentials of the function's role. `expires_at` is on the virtual clock: an idle environment whose credentials have run out is
/// replaced.
struct RoleCredentials {
  std::string access_key_id, secret_access_key, session_token;
  Millis expires_at = 0;
};

enum class LogFormat : uint8_t { text, json };

/// Where and how an environment logs. A stream per environment; its name (`2026/11/23/[$LATEST]0123…`) is made here.
struct Logging {
  std::string group;                         ///< "/aws/lambda/NAME" or what the function's LoggingConfig says
  LogFormat format = LogFormat::text;
  std::string application_level = "INFO";    ///< json only: TRACE … FATAL
  std::string system_level = "INFO";         ///< json only: DEBUG, INFO, WARN
};

/// What runs. Immutable once it was passed; keep one per published state of a function and pass it again and again.
struct FunctionSpec {
  std::string key;                           ///< equal keys share environments: ARN, version and a number or digest that changes with code or configuration
  std::string function_arn;                  ///< unqualified; concurrency is counted and drop() works by it
  std::string name;                          ///< AWS_LAMBDA_FUNCTION_NAME
  std::string version = "$LATEST";           ///< "$LATEST" or a number
  std::string account, region;               ///< of the function; concurrency of an account is counted per Region
  std::string runtime;                       ///< "python3.12", "provided.al2023", …
  std::string handler;
  std::string architecture = "x86_64";
  std::string code_directory;                ///< the unpacked package; read-only; must stay as long as the spec is in use (see store_root())
  std::vector<std::string> layer_directories;   ///< unpacked layers, in the order in which they are merged into /opt
  int memory_mb = 128;
  int64_t timeout_ms = 3000;
  int tmp_mb = 512;                          ///< EphemeralStorage.Size
  std::vector<std::pair<std::string, std::string>> environment;   ///< the user's variables, plain
  Logging logging;
  bool active_tracing = false;
  std::string role_arn;                      ///< for texts only
  /// Credentials for a new environment. An error makes the invocation end with `refused` and this error (a role that Lambda cannot assume).
  std::function<Result<RoleCredentials>()> credentials;
  /// May functions reach the world outside (never our own ports nor the host's loopback).
  bool egress = true;
};

/// How many may run at once, as the account's settings stand at this moment.
struct Admission {
  int unreserved = 1000;                     ///< of the account in the Region, without what is reserved
  std::optional<int> reserved;               ///< of the function; it then does not count against `unreserved`
  int provisioned = 0;                       ///< of the version that is invoked, beyond both: its invocations count against this first
};

/// Takes the answer of a streaming invocation piece by piece.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// The answer begins. `resume` (any thread) lets it go on after data() has answered false.
  virtual void begin(std::string_view content_type, std::function<void()> resume) = 0;
  /// The view is valid during the call. False: no more for now.
  virtual bool data(std::string_view piece) = 0;
};

struct Invocation {
  std::string request_id;                    ///< a UUID
  std::string payload;                       ///< JSON as the caller sent it ("" becomes {})
  std::string invoked_arn;                   ///< as the caller named it: with its qualifier if it had one
  std::string client_context;                ///< JSON, decoded; empty: none
  std::string cognito_identity;              ///< JSON; empty: none
  std::string trace_header;                  ///< X-Amzn-Trace-Id, complete; empty: none (an unsampled one is made)
  std::string tenant_id;                     ///< empty: none
  Admission admission;
  bool log_tail = false;                     ///< fill Outcome::log_tail (it then waits for extensions)
  std::shared_ptr<ResponseSink> stream;      ///< null: the answer is collected (6 MB) into Outcome::payload
};

struct Outcome {
  enum class Kind : uint8_t {
    success,           ///< payload is the function's answer (empty if it was streamed)
    function_error,    ///< the function failed, crashed, timed out or ran out of memory: payload is the JSON that AWS gives, FunctionError "Unhandled"
    throttled,         ///< nothing ran: TooManyRequestsException with `reason`
    refused,           ///< nothing ran: `error` says why (no such interpreter, role not assumable, sandbox forbidden by the kernel, code unreadable)
    unavailable,       ///< the server ends or was reset: answer 503; an asynchronous caller tries again
  };
  Kind kind = Kind::success;
  std::string payload;
  std::string error_type, error_message;     ///< of function_error: "Sandbox.Timedout", "Runtime.ExitError", what the handler raised …
  std::string reason;                        ///< of throttled: "ConcurrentInvocationLimitExceeded" or "ReservedFunctionConcurrentInvocationLimitExceeded"
  ApiError error;                            ///< of refused and unavailable
  std::string log_tail;                      ///< the last 4 KB of the invocation's log, plain
  std::string log_stream;                    ///< of the environment that ran it
  int64_t duration_us = 0, init_us = 0;      ///< init_us: of an environment that was started for this invocation
  int64_t billed_ms = 0;
  int max_memory_mb = 0;
  bool timed_out = false;
};
using Done = std::function<void(Outcome&&)>;

struct LogEvent { Millis at = 0; std::string message; };   ///< at: virtual clock
struct LogBatch {
  std::shared_ptr<const FunctionSpec> function;
  std::string stream;
  std::vector<LogEvent> events;              ///< in order
};
/// Where logs go: Lambda's service writes them to CloudWatch Logs as the function's role. Batches of one stream come in order.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::vector<LogBatch>&& batches) = 0;
};

/// What a function runs on here.
struct RuntimeReport {
  std::string interpreter;                   ///< "python 3.11.7 (/usr/bin/python3.11)"; empty for provided.*
  bool exact = true;                         ///< else the nearest installed version stands in
};

struct Stats { int environments = 0, busy = 0, starting = 0; };

class Environments {
 public:
  explicit Environments(Core& core);
  ~Environments();
  Environments(const Environments&) = delete;

  /// Once, before the first invocation. Without one, logs are dropped.
  void set_log_sink(std::shared_ptr<LogSink> sink);

  /// `done` is called exactly once.
  void invoke(std::shared_ptr<const FunctionSpec> function, Invocation invocation, Done done);

  /// Can this run here? For CreateFunction and UpdateFunction*: an error makes the function Failed with its text as StateReason (an
  /// interpreter that is not installed, a sandbox that the kernel forbids). Looks at what is known; starts nothing. May read the disk: pool thread.
  Result<RuntimeReport> check(const FunctionSpec& function);

  /// Keeps `count` environments of this spec initialised (provisioned concurrency; 0 gives them up). `done` is called when as many are ready
  /// as could be had: their number, and the error of the last that failed. Not remembered over a restart.
  void provision(std::shared_ptr<const FunctionSpec> function, int count, std::function<void(int ready, std::optional<ApiError> error)> done);

  /// The function, or only environments of one key of it, is out of use (update, delete): idle environments end, busy ones after their invocation.
  void drop(std::string_view function_arn, std::string_view key = {});

  /// Invocations under way, of a function (unqualified ARN).
  int running(std::string_view function_arn) const;
  Stats stats() const;

  /// Only the exact version of a language will do (`fogbank start --strict-runtimes`); else the nearest that is installed stands in.
  void set_strict_runtimes(bool strict);

  /// Ends everything and waits; for the server's end. Open invocations end with `unavailable` if the loop still runs.
  void shut_down();

  /// A directory below the data directory (or a temporary one) for unpacked packages; on one file system with what is merged from layers.
  std::string store_root() const;
  /// How functions run here, for `fogbank doctor`: a line each.
  std::vector<std::string> describe();
  /// What functions with this runtime run on; an error says what is to be installed. Blocks for some milliseconds the first time.
  Result<RuntimeReport> stand_in(std::string_view runtime);

 private:
  std::shared_ptr<Engine> engine_;
};

}  // namespace fogbank::lambda::runtime
