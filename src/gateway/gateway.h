// Where sockets meet the chain: the server's Handler. Takes a request, finds out whose it is, runs the chain inline or on the pool, parks
// what waits, holds a reply until its batch is committed, and commits at the end of each turn of the loop.
// Loop thread only; made once per server. Nothing of it survives a crash, and nothing needs to: a reply that was not sent was not promised.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/chain.h"
#include "gateway/resolve.h"
#include "gateway/web.h"
#include "http/server.h"

namespace fogbank {

class Gateway : public http::Handler {
 public:
  /// Answers what is not an AWS call (/_fogbank, /_localstack/health, /moto-api); false: not its path.
  using Admin = std::function<bool(const std::shared_ptr<http::Exchange>&, std::string_view path, std::string_view query)>;
  explicit Gateway(Core& core);
  void set_admin(Admin admin) { admin_ = std::move(admin); }
  void set_web(WebDoor& web) { web_ = &web; }
  /// Public documents at paths of their own (a certificate that signatures are checked with): the text, or nothing if it is not such a path.
  using Documents = std::function<std::optional<std::string>(std::string_view path)>;
  void set_documents(Documents documents) { documents_ = std::move(documents); }
  /// After a reset or snapshot load: answers every parked call with 503. Loop thread.
  void drop_parked();
  void on_request(std::shared_ptr<http::Exchange> exchange) override;
  void turn_end() override;
  size_t held() const { return held_.size(); }

 private:
  struct Held {
    store::Ticket ticket;
    std::unique_ptr<Call> call;
    wire::Message message;
  };
  void fill(Call& call);
  bool answer_web(std::unique_ptr<Call>& call);
  Result<void> admit_origin(const Call& call);
  void start(std::unique_ptr<Call> call);
  void receive_body(std::unique_ptr<Call> call);
  void run(std::unique_ptr<Call> call);
  void settle(std::unique_ptr<Call> call, Result<Outcome> result, uint64_t commits_at_start);
  void answer(std::unique_ptr<Call> call, const Result<void>& result);
  void send(std::unique_ptr<Call> call, wire::Message&& message);
  void send_segments(std::unique_ptr<Call> call, http::Reply&& reply);
  void flush_held();
  void arm(int64_t milliseconds);
  void log_request(const Call& call, int status, const Result<void>& result);
  std::unique_ptr<Call> take_call();
  void give_back(std::unique_ptr<Call> call);

  Core& core_;
  Admin admin_;
  Documents documents_;
  WebDoor* web_ = nullptr;
  std::deque<Held> held_;
  std::vector<std::unique_ptr<Call>> spare_;
  std::vector<std::string> changed_keys_;     ///< of the commits of this turn
  uint64_t commits_ = 0;
  std::atomic<bool> applied_{false};
  int64_t armed_until_us_ = 0;
  bool flush_armed_ = false;
  std::string log_;                           ///< request lines of this turn
};

/// True if a Host header names this server in a way that no web page of a stranger can: loopback names, addresses, single labels, and the
/// AWS and LocalStack names that resolve here.
bool own_host(std::string_view host);

}  // namespace fogbank
