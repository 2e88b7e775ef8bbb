#include "gateway/outbound.h"

#include "gateway/core.h"
#include "http/outbound_guard.h"

namespace fogbank {

Outbound::~Outbound() { stop(); }

void Outbound::send(http::ClientRequest request, http::Client::Done done) {
  request.guard = http::refuse_own_ports(core_.settings().own_ports);
  std::shared_ptr<http::Client> client;
  ApiError why("Cancelled", "the server is stopping", 503);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!client_ && !stopped_) {
      auto made = http::make_client({});
      if (made) client_ = std::move(*made);
      else why = std::move(made.error());
    }
    client = client_;
  }
  if (!client) return done(fail(std::move(why)));
  client->send(std::move(request), std::move(done));
}

void Outbound::stop() {
  std::shared_ptr<http::Client> client;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    client = std::move(client_);
    client_ = nullptr;
  }
  if (client) client->stop();
}

}  // namespace fogbank
