// For tests of the runtime: a server with a loop of its own, functions as shell scripts, and their outcomes and logs.
#pragma once
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/testing.h"
#include "http/server.h"
#include "run/processes.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda::runtime::test {

/// $FOGBANK_TEST_PATIENCE: how many times slower than usual this machine is (tests/cgroup2 runs on an emulated one).
inline int patience() {
  const char* set = getenv("FOGBANK_TEST_PATIENCE");
  return set ? std::max(1, atoi(set)) : 1;
}

/// What answers at the function's endpoint and at the host's port: names the listener.
class Echo : public http::Handler {
 public:
  void on_request(std::shared_ptr<http::Exchange> x) override {
    http::Reply r;
    r.body = cat("listener ", x->request().listener, " ", x->request().target, '\n');
    x->reply(std::move(r));
  }
  void turn_end() override {}
};

/// All that was logged, by stream.
class Logs : public LogSink {
 public:
  void write(std::vector<LogBatch>&& batches) override {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto& b : batches)
      for (auto& e : b.events) {
        all_.push_back(e.message);
        by_stream_[b.stream] += e.message;
      }
    calls_++;
    changed_.notify_all();
  }
  /// Waits until some event contains the text; what there is then.
  std::string wait_for(std::string_view text) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10 * patience()), [&] { return joined().find(text) != std::string::npos; });
    return joined();
  }
  std::vector<std::string> events() {
    std::lock_guard<std::mutex> lock(mutex_);
    return all_;
  }
  size_t streams() {
    std::lock_guard<std::mutex> lock(mutex_);
    return by_stream_.size();
  }

 private:
  std::string joined() const {
    std::string out;
    for (const auto& m : all_) out += m;
    return out;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
  std::map<std::string, std::string> by_stream_;
  int calls_ = 0;
};

class Host {
 public:
  Host() : core_(false), server_(http::make_server(echo_, http::Limits{})) {
    core().server = server_.get();
    port = server_->listen("127.0.0.1", 0, 0).value_or(0);
    loop_ = std::thread([this] { server_->run(); });
    logs = std::make_shared<Logs>();
    environments().set_log_sink(logs);
    char name[] = "/tmp/fogbank-functions-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Host() {
    server_->stop();
    loop_.join();
    core().processes().shut_down();
    core().server = nullptr;
    std::filesystem::remove_all(folder_);
  }
  Core& core() { return core_.core(); }
  Environments& environments() { return core().state<Environments>(); }

  /// A folder with these files; executable ones.
  std::string folder(const std::map<std::string, std::string>& files) {
    std::string path = cat(folder_, "/", ++folders_);
    for (const auto& [name, text] : files) {
      std::string file = cat(path, "/", name);
      std::filesystem::create_directories(std::filesystem::path(file).parent_path());
      std::ofstream(file) << text;
      chmod(file.c_str(), 0755);
    }
    return path;
  }
  std::shared_ptr<FunctionSpec> function(const std::map<std::string, std::string>& files, std::string runtime = "provided.al2023") {
    auto spec = std::make_shared<FunctionSpec>();
    spec->name = cat("f", ++functions_);
    spec->account = "000000000000";
    spec->region = "eu-central-1";
    spec->function_arn = cat("arn:aws:lambda:eu-central-1:000000000000:function:", spec->name);
    spec->key = spec->function_arn + ":$LATEST:1";
    spec->runtime = std::move(runtime);
    spec->handler = "index.handler";
    spec->code_directory = folder(files);
    spec->memory_mb = 256;
    spec->timeout_ms = 15000 * patience();   // machines may be busy
    spec->logging.group = "/aws/lambda/" + spec->name;
    spec->credentials = [] { return RoleCredentials{"ASIAEXAMPLE", "secret", "token", 0}; };
    return spec;
  }
  /// A function whose bootstrap is a shell script that handles each event with the lines in `body`; $EVENT, $ID are set, what it prints into
  /// $OUT is the answer.
  std::shared_ptr<FunctionSpec> shell(std::string body, std::string init = "") {
    return function({{"bootstrap", cat(kHead, init, "\nwhile true; do\n", kNext, body, kAnswer, "done\n")}});
  }

  std::future<Outcome> begin(std::shared_ptr<const FunctionSpec> spec, std::string payload = "{}", Admission admission = {}, std::shared_ptr<ResponseSink> stream = nullptr) {
    Invocation in;
    in.request_id = core().random().uuid();
    in.payload = std::move(payload);
    in.invoked_arn = spec->function_arn;
    in.log_tail = true;
    in.admission = admission;
    in.stream = std::move(stream);
    auto promise = std::make_shared<std::promise<Outcome>>();
    environments().invoke(std::move(spec), std::move(in), [promise](Outcome&& o) { promise->set_value(std::move(o)); });
    return promise->get_future();
  }
  static Outcome end(std::future<Outcome>& f) {
    REQUIRE(f.wait_for(std::chrono::seconds(30 * patience())) == std::future_status::ready);
    return f.get();
  }
  Outcome invoke(std::shared_ptr<const FunctionSpec> spec, std::string payload = "{}", Admission admission = {}) {
    auto f = begin(std::move(spec), std::move(payload), admission);
    return end(f);
  }
  bool wait(const std::function<bool()>& condition, int seconds = 10) {
    for (int i = 0; i < seconds * 200 * patience(); i++) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  std::shared_ptr<Logs> logs;
  uint16_t port = 0;
  static constexpr const char* kHead = "#!/bin/sh\nAPI=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n";
  static constexpr const char* kNext =
      "curl -sS -D /tmp/head -o /tmp/event $API/invocation/next || exit 9\nID=$(grep -i '^lambda-runtime-aws-request-id' /tmp/head | tr -d '\\r' | cut -d' ' -f2)\nOUT=/tmp/out\nEVENT=$(cat /tmp/event)\n: > $OUT\n";
  static constexpr const char* kAnswer = "\ncurl -sS -o /dev/null --data-binary @$OUT $API/invocation/$ID/response\n";

 private:
  fogbank::testing::TestCore core_;
  Echo echo_;
  std::unique_ptr<http::Server> server_;
  std::thread loop_;
  std::string folder_;
  int folders_ = 0, functions_ = 0;
};

/// Why sandboxes cannot work here, if they cannot; tests then say so and pass.
inline bool cannot_run() {
  static const bool no = [] {
    Host h;
    auto o = h.invoke(h.shell("echo 1 > $OUT"));
    if (o.kind == Outcome::Kind::refused) printf("skipped: functions cannot run here: %s\n", o.error.message.c_str());
    return o.kind == Outcome::Kind::refused;
  }();
  return no;
}

}  // namespace fogbank::lambda::runtime::test
