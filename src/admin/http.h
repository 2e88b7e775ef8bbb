// /_fogbank/…: what `fogbank` the command line and the console use; needs the admin token. Also /_localstack/health (open to all, because
// wrappers and test containers ask it) and POST /moto-api/reset (with --allow-reset only).
// Requests are answered on the loop; what takes time (clock, reset, snapshots) runs on one thread of its own, in order.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/core.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "run/pool.h"

namespace fogbank::admin {

class AdminHttp {
 public:
  struct Facts {
    std::string token, data_directory, ca_pem;
    int port = 0;
    int64_t started_us = 0;
    std::function<void()> stop;
  };
  AdminHttp(Core& core, Gateway& gateway, Facts facts);
  /// True if the path is one of ours; then it is or will be answered.
  bool handle(const std::shared_ptr<http::Exchange>& exchange, std::string_view path, std::string_view query);
  Facts& facts() { return facts_; }
  void shut_down() { worker_.stop(); }

 private:
  using Exchange = std::shared_ptr<http::Exchange>;
  struct Answer { int status = 200; std::string body; std::string type = "application/json"; };
  bool allowed(const http::Request& r) const;
  Result<Answer> dispatch(const std::string& method, const std::string& path, const std::string& query);
  Result<Answer> status();
  Result<Answer> clock(const std::string& method, const std::string& query);
  Result<Answer> faults(const std::string& method, const std::string& query);
  Result<Answer> explain(const std::string& query);
  Result<Answer> reset(const std::string& query);
  Result<Answer> snapshot(const std::string& path, const std::string& query);
  Result<Answer> metrics();
  Result<Answer> doctor();
  Result<Answer> mail(const std::string& method, const std::string& which, const std::string& query);
  std::string health() const;
  void after_epoch_change();
  void on_loop(const std::function<void()>& f);  ///< runs f on the loop and waits; worker thread only
  Result<void> advance(Millis to, bool run_to_idle, bool wait_for_processes);
  void save_clock();

  Core& core_;
  Gateway& gateway_;
  Facts facts_;
  run::Pool worker_;
};

/// "90", "90s", "15m", "36h", "3d" as milliseconds.
std::optional<Millis> parse_duration(std::string_view text);

}  // namespace fogbank::admin
