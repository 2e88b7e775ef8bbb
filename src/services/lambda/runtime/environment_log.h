// The log of one environment: what its processes write and what the platform says about it, as events in order. Loop's thread only.
//
// Standard output and error come through one pipe and become an event per line; records that a runtime frames (several lines in one) come through
// a second one. Events wait here until the engine hands them on in batches. A function that writes faster than they are taken has to wait.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "run/descriptor.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda::runtime {

class EnvironmentLog : public std::enable_shared_from_this<EnvironmentLog> {
 public:
  /// `pending`: called when there is something to hand on and there was nothing before.
  EnvironmentLog(Core& core, std::shared_ptr<const FunctionSpec> spec, std::string stream, std::function<void(std::shared_ptr<EnvironmentLog>)> pending);
  void connect(http::Server& server, run::Fd lines, run::Fd frames);

  /// An event of the platform; empty: none.
  void add(std::string_view message) { event(message); }
  /// Takes what the processes have written so far. At the end of an invocation and of the processes, so that the order is right.
  void drain();
  /// A line without its end becomes an event all the same.
  void end_line();
  void close();
  /// The tail that an invocation gives begins here.
  void begin_tail() { tail_.clear(); }
  std::string tail() const;
  const std::string& stream() const { return stream_; }

  /// What is to be written; empty if nothing.
  LogBatch take();

 private:
  enum class Kind : uint8_t { lines, frames };
  void read_some(Kind kind, bool all);
  void take_lines(std::string_view bytes);
  void take_frames(std::string_view bytes);
  void event(std::string_view message);

  Core& core_;
  std::shared_ptr<const FunctionSpec> spec_;
  std::string stream_;
  std::function<void(std::shared_ptr<EnvironmentLog>)> pending_;
  std::unique_ptr<http::Watched> lines_, frames_;
  std::string line_, frame_, tail_;
  std::vector<LogEvent> events_;
  size_t bytes_ = 0;
  bool lines_wait_ = false, frames_wait_ = false;   ///< not read until events were taken
};

}  // namespace fogbank::lambda::runtime
