// The Runtime API (2018-06-01) and the Extensions API (2020-01-01) of one environment: reads requests, asks the environment, writes answers.
//
// It is served by the server's loop on a listener inside the sandbox's network namespace, so nobody else can reach it. Waiting requests (next) are
// parked here in memory: they belong to the processes of the sandbox and end with them.
#pragma once
#include <memory>
#include <string_view>

#include "http/server.h"

namespace fogbank::lambda::runtime {

class Environment;

constexpr int64_t kPayloadBytes = 6291556;            ///< of an answer: 6 MB and a little
constexpr int64_t kStreamBytes = 200LL << 20;

class RuntimeApi final : public http::Handler {
 public:
  explicit RuntimeApi(std::weak_ptr<Environment> environment) : environment_(std::move(environment)) {}
  void on_request(std::shared_ptr<http::Exchange> x) override;
  void turn_end() override {}
  void stopping() override;

 private:
  void runtime(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view path);
  void invocation(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view rest);
  void extension(Environment& e, std::shared_ptr<http::Exchange> x, std::string_view path);
  std::weak_ptr<Environment> environment_;
};

// Answers in the form of the Runtime API.
void answer_ok(http::Exchange& x, int status = 202);
void answer_refusal(http::Exchange& x, int status, std::string_view type, std::string_view message);

}  // namespace fogbank::lambda::runtime
