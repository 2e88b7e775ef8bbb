// For tests of src/run: starts something and waits for its result.
#pragma once
#include <doctest/doctest.h>

#include <future>

#include "run/processes.h"

namespace fogbank::run {

class Waiting {
 public:
  Supervisor::Done done() {
    return [p = promise_](ProcessResult&& r) { p->set_value(std::move(r)); };
  }
  bool within(int seconds) { return future_.wait_for(std::chrono::seconds(seconds)) == std::future_status::ready; }
  ProcessResult get() {
    REQUIRE(within(20));
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<ProcessResult>> promise_ = std::make_shared<std::promise<ProcessResult>>();
  std::future<ProcessResult> future_ = promise_->get_future();
};

inline ProcessSpec shell(std::string script) {
  ProcessSpec s;
  s.argv = {"/bin/sh", "-c", std::move(script)};
  s.environment = {"PATH=/usr/bin:/bin"};
  return s;
}

}  // namespace fogbank::run
