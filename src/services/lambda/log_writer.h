// What functions print, on its way to CloudWatch Logs: batches of the environments become tasks, which write as the function's role. So a role
// without permission for it has no logs, as on AWS. What is not yet a task (a turn of the loop) is lost in a crash, a task is not.
#pragma once
#include <memory>

#include "base/clock.h"
#include "base/record.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda {

std::shared_ptr<runtime::LogSink> make_log_writer(Core& core);

/// Payload of write_logs.
struct LogLines {
  struct Line {
    Millis at = 0;
    std::string message;
    Unknown unknown;
    template <class A> void fields(A& a) { a(1, at); a(2, message); a(unknown); }
  };
  std::string role, function, group, stream;
  std::vector<Line> lines;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, role); a(2, function); a(3, group); a(4, stream); a(5, lines); a(unknown); }
};

}  // namespace fogbank::lambda
