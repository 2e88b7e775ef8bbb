// The server's end of the socket to process 1 of a sandbox (init/protocol.h). Loop's thread only. Orders given before the sandbox stands wait in
// the socket, so an environment is set up without waiting for anything.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/server.h"
#include "run/descriptor.h"
#include "services/lambda/runtime/init/protocol.h"

namespace fogbank::lambda::runtime {

class Control {
 public:
  /// `fd`: the descriptor of a listener, for Event::listening. `on_end`: process 1 is gone.
  using OnEvent = std::function<void(const init::EventMessage&, run::Fd fd)>;
  Control(http::Server& server, run::Fd socket, OnEvent on_event, std::function<void()> on_end);

  Result<void> listen(uint16_t port) { return send(init::Order::listen, 0, port); }
  Result<void> start(uint8_t id, const std::string& directory, const std::vector<std::string>& argv, const std::vector<std::string>& environment, bool telemetry);
  Result<void> signal(uint8_t id, int which) { return send(init::Order::signal, id, which); }
  Result<void> stop_all() { return send(init::Order::stop_all, 0, 0); }
  Result<void> go_on() { return send(init::Order::go_on, 0, 0); }
  /// Takes what is there to be read.
  void read();

 private:
  Result<void> send(init::Order order, uint8_t id, int32_t value, std::string_view texts = {});
  OnEvent on_event_;
  std::function<void()> on_end_;
  std::unique_ptr<http::Watched> socket_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fogbank::lambda::runtime
